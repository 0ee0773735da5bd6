#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: NaN is lost where tfjs's plain JavaScript backend (and TensorFlow) keep it: `maximum` and
# `minimum` drop one of the second operand, `clipByValue` and `relu6` make a bound of it. On integers, `clipByValue` writes the bits of
# its bounds as floats: the least of 1, -5, 2 clipped to -1 … 1 becomes -1082130432.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > run.cjs <<'J'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');
async function results(backend) {
  await tf.setBackend(backend);
  const nan = tf.tensor1d([NaN, 2]);
  return [
    tf.maximum(tf.tensor1d([1, 1]), nan),
    tf.minimum(tf.tensor1d([1, 1]), nan),
    tf.clipByValue(nan, -1, 1),
    tf.relu6(nan),
    tf.clipByValue(tf.tensor1d([1, -5, 2], 'int32'), -1, 1),
  ].map((tensor) => tensor.dataSync().join()).join(' | ');
}
(async () => {
  const right = 'NaN,2 | NaN,1 | NaN,1 | NaN,2 | 1,-1,1';
  const [cpu, wasm] = [await results('cpu'), await results('wasm')];
  console.log(`tfjs ${tf.version_core}\nright ${right}\ncpu   ${cpu}\nwasm  ${wasm}`);
  process.exitCode = cpu === right && wasm !== right ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
