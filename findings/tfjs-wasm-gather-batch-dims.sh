#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: tf.gather with a batch dimension and an axis behind it (`axis` > `batchDims`) reads
# the ids of the second batch from the wrong place, without an error. tfjs's plain JavaScript backend answers the same call rightly.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > run.cjs <<'J'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');
async function gathered(backend) {
  await tf.setBackend(backend);
  // Two batches of two rows of two; of batch 0 the columns 1, 0, 1, of batch 1 the columns 0, 1, 1. WASM takes 1, 0, 1 for both.
  const x = tf.tensor3d([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]);
  const ids = tf.tensor2d([1, 0, 1, 0, 1, 1], [2, 3], 'int32');
  return tf.gather(x, ids, 2, 1).dataSync().join();
}
(async () => {
  const right = '1,0,1,3,2,3,4,5,5,6,7,7';
  const [cpu, wasm] = [await gathered('cpu'), await gathered('wasm')];
  console.log(`tfjs ${tf.version_core}\nright ${right}\ncpu   ${cpu}\nwasm  ${wasm}`);
  process.exitCode = cpu === right && wasm !== right ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
