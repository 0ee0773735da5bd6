#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: `log1p` is the logarithm of 1 + x rounded to float32, so that it has no digit left where it is needed:
# log1p(1e-10) is 0, log1p(1e-7) is 19 % too large, and log(1 - exp(x)) by it is -infinity where it is finite. `expm1` is right.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > run.cjs <<'J'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');
const given = [1e-10, 1e-7, -1e-5];
async function errors(backend, name) {
  await tf.setBackend(backend);
  const found = tf[name](tf.tensor1d(given)).dataSync();
  return given.map((x, i) => Math.abs(found[i] / Math[name](x) - 1));
}
(async () => {
  const shown = (list) => list.map((error) => error.toExponential(1)).join(', ');
  const [cpu, wasm, expm1] = [await errors('cpu', 'log1p'), await errors('wasm', 'log1p'), await errors('wasm', 'expm1')];
  console.log(`tfjs ${tf.version_core}, relative errors at ${given.join(', ')}`);
  console.log(`log1p on cpu  ${shown(cpu)}\nlog1p on wasm ${shown(wasm)}\nexpm1 on wasm ${shown(expm1)}`);
  process.exitCode = Math.max(...cpu, ...expm1) < 1e-6 && wasm[0] === 1 && wasm[1] > 0.1 && wasm[2] > 1e-4 ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
