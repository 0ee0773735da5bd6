#!/usr/bin/env bash
# @tensorflow/tfjs-core 4.22.0: `split` takes a size of -1 for "the rest" only in the last place: [2, -1] of five gives 2 and 3, [-1, 2] is
# refused because "the sum of sizes must match" - the -1 is counted as a size. TensorFlow, whose function it follows, takes it in any place.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > run.cjs <<'J'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const result = (sizes) => {
  try {
    return tf.split(tf.tensor1d([1, 2, 3, 4, 5]), sizes).map((part) => part.size).join();
  } catch (error) {
    return error.message;
  }
};
const [last, first] = [result([2, -1]), result([-1, 2])];
console.log(`tfjs ${tf.version_core}\n[2, -1]: ${last}\n[-1, 2]: ${first}`);
process.exitCode = last === '2,3' && first.includes('sum of sizes') ? 0 : 1;
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
