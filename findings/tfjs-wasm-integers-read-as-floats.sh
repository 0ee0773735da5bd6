#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0 takes the bits of integers for floats: `oneHot` of type float32 holds 1.4e-45 where it must hold 1
# (and zeros with an on value of 0.9), `stridedSlice` of an int32 tensor returns float32 of the same bits, `isNaN` of a negative int32 is
# true, `isFinite` of it false, and `prelu` of it NaN. tfjs's plain JavaScript backend is right in all of these.
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
  const integers = tf.tensor1d([3, -2], 'int32');
  return [
    tf.oneHot(tf.tensor1d([1], 'int32'), 2, 1, 0, 'float32'),
    tf.stridedSlice(tf.tensor1d([5, 6, 7], 'int32'), [0], [3], [2]),
    tf.isNaN(integers),
    tf.isFinite(integers),
    tf.prelu(integers, tf.tensor1d([2, 2], 'int32')),
  ].map((tensor) => `${tensor.dtype} ${Array.from(tensor.dataSync()).join()}`);
}
(async () => {
  const right = ['float32 0,1', 'int32 5,7', 'bool 0,0', 'bool 1,1', 'float32 3,-4'];
  const [cpu, wasm] = [await results('cpu'), await results('wasm')];
  console.log(`tfjs ${tf.version_core}\nright ${right.join(' | ')}\ncpu   ${cpu.join(' | ')}\nwasm  ${wasm.join(' | ')}`);
  process.exitCode = right.every((value, i) => cpu[i] === value && wasm[i] !== value) ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
