#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: tf.fused.matMul adds its bias to wrong columns where a factor is transposed or the
# product is one of a batch, without an error. tfjs's plain JavaScript backend answers the same call rightly.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > run.cjs <<'J'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');
async function products(backend) {
  await tf.setBackend(backend);
  const bias = tf.tensor1d([1, 2]);
  const batch = tf.fused.matMul({ a: tf.ones([2, 2, 2]), b: tf.ones([2, 2, 2]), bias });
  const transposed = tf.fused.matMul({ a: tf.ones([2, 3]), b: tf.ones([2, 2]), bias, transposeA: true });
  return `${batch.dataSync().join()} | ${transposed.dataSync().join()}`;
}
(async () => {
  const right = '3,4,3,4,3,4,3,4 | 3,4,3,4,3,4';
  const [cpu, wasm] = [await products('cpu'), await products('wasm')];
  console.log(`tfjs ${tf.version_core}\nright ${right}\ncpu   ${cpu}\nwasm  ${wasm}`);
  process.exitCode = cpu === right && wasm !== right ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
