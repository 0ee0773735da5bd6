#!/usr/bin/env bash
# @tensorflow/tfjs-core 4.22.0: `logSumExp` of nothing but -infinity is NaN, and of +infinity too, since the maximum is taken from itself.
# TensorFlow, PyTorch and SciPy answer -infinity and +infinity. Logits that are -infinity where a token may not stand meet it: a row without
# an allowed token spoils the sum over all rows instead of adding nothing.
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
  const rows = [[-Infinity, -Infinity], [0, -Infinity], [Infinity, 0]];
  return Array.from(tf.logSumExp(tf.tensor2d(rows), 1).dataSync()).join();
}
(async () => {
  const [cpu, wasm] = [await results('cpu'), await results('wasm')];
  console.log(`tfjs ${tf.version_core}\nright -Infinity,0,Infinity\ncpu   ${cpu}\nwasm  ${wasm}`);
  process.exitCode = cpu === 'NaN,0,NaN' && wasm === 'NaN,0,NaN' ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
