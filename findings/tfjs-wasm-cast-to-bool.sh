#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: `cast` to bool copies the number into a byte, where TensorFlow and tfjs's plain JavaScript backend
# ask whether it is zero: 0.5 becomes false, -2 becomes 254, 256 becomes false, so that a mask made of weights or counts loses what it must keep.
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
  const floats = tf.cast(tf.tensor1d([0, 1, 0.5, -2]), 'bool').dataSync();
  const integers = tf.cast(tf.tensor1d([0, 1, 3, 256], 'int32'), 'bool').dataSync();
  return `${Array.from(floats).join()} | ${Array.from(integers).join()}`;
}
(async () => {
  const right = '0,1,1,1 | 0,1,1,1';
  const [cpu, wasm] = [await results('cpu'), await results('wasm')];
  console.log(`tfjs ${tf.version_core}\nright ${right}\ncpu   ${cpu}\nwasm  ${wasm}`);
  process.exitCode = cpu === right && wasm === '0,1,0,254 | 0,1,3,0' ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
