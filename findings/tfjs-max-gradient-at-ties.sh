#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0: the gradient of `max` and `min` over an axis gives each of k equal extremes the whole incoming gradient, so that it
# adds up to k of it. TensorFlow divides it among them, PyTorch's `amax` too. A network whose logits tie (zeros at the start) gets a
# gradient that is k times too large.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs@4.22.0
cat > run.cjs <<'J'
const tf = require('@tensorflow/tfjs');
(async () => {
  await tf.setBackend('cpu');
  const rows = tf.tensor2d([[1, 1, 0], [2, 2, 2]]);
  const gradient = (reduce) => Array.from(tf.grad((x) => reduce(x, 1).sum())(rows).dataSync()).join();
  const [max, min] = [gradient(tf.max), gradient(tf.min)];
  console.log(`tfjs ${tf.version.tfjs}, rows 1,1,0 and 2,2,2\nright max 0.5,0.5,0,0.33,0.33,0.33; min 0,0,1,0.33,0.33,0.33\nseen  max ${max}; min ${min}`);
  process.exitCode = max === '1,1,0,1,1,1' && min === '0,0,1,1,1,1' ? 0 : 1;
})();
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
