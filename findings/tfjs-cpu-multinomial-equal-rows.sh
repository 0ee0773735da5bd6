#!/usr/bin/env bash
# @tensorflow/tfjs-backend-cpu 4.22.0: `multinomial` starts its generator anew for each batch row, from one seed, so that rows of equal
# logits get equal draws, with a seed and without. Eight rows of 64 fair draws have one content, where TensorFlow and tfjs's WASM backend
# have eight.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > run.cjs <<'J'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');
async function contents(backend, seed) {
  await tf.setBackend(backend);
  const rows = tf.multinomial(tf.zeros([8, 3]), 64, seed).arraySync();
  return new Set(rows.map((row) => row.join())).size;
}
(async () => {
  const seen = [];
  for (const backend of ['cpu', 'wasm']) for (const seed of [7, undefined]) seen.push(await contents(backend, seed));
  console.log(`tfjs ${tf.version_core}, different rows of 8: cpu with a seed ${seen[0]}, without ${seen[1]}; wasm ${seen[2]}, ${seen[3]}`);
  process.exitCode = seen.join() === '1,1,8,8' ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
