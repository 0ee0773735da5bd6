#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0: functions that can be differentiated, and are in TensorFlow, have no gradient: einsum, cumprod, topk,
# stridedSlice, gatherND, scatterND, real (so what rfft gives), depthToSpace. A comparison has none either, where others take it for a
# constant: the gradient of where(x > 2, x, a) is refused because of the condition, and so is that of linalg.qr, which has one inside.
# matMul, cumsum, max, slice and gather, which do parts of their work, have gradients, and so has where with a condition that is computed
# from a copy of the numbers.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs@4.22.0
cat > run.cjs << 'J'
console.warn = () => {};
const tf = require('@tensorflow/tfjs');
const x0 = tf.tensor2d([[1, 2], [3, 4]]);
const indices = tf.tensor2d([[0], [1]], [2, 1], 'int32');
const without = {
  einsum: (x) => tf.einsum('ij,jk->ik', x, x0),
  cumprod: (x) => tf.cumprod(x, 1),
  topk: (x) => tf.topk(x, 1).values,
  stridedSlice: (x) => tf.stridedSlice(x, [0, 0], [2, 2], [1, 1]),
  gatherND: (x) => tf.gatherND(x, indices),
  scatterND: (x) => tf.scatterND(indices, x, [3, 2]),
  'real of rfft': (x) => tf.real(tf.spectral.rfft(x)),
  depthToSpace: (x) => tf.depthToSpace(tf.reshape(x, [1, 1, 1, 4]), 2),
  'where of a condition on x': (x) => tf.where(tf.greater(x, 2), x, x0),
  'linalg.qr': (x) => tf.linalg.qr(x)[0],
};
const withOne = {
  matMul: (x) => tf.matMul(x, x0),
  cumsum: (x) => tf.cumsum(x, 1),
  max: (x) => tf.max(x, 1),
  slice: (x) => tf.slice(x, [0, 0], [2, 2]),
  gather: (x) => tf.gather(x, [0]),
  'where of a constant condition': (x) => tf.where(tf.greater(tf.tensor(x.arraySync()), 2), x, x0),
};
const refusal = (fn) => {
  try {
    tf.grad((x) => tf.sum(fn(x)))(x0).dataSync();
    return undefined;
  } catch (error) {
    return error.message;
  }
};
const told = (functions) => Object.entries(functions).map(([name, fn]) => [name, refusal(fn)]);
for (const [name, message] of [...told(without), ...told(withOne)]) console.log(`${name}: ${message ?? 'a gradient'}`);
const isAsWas =
  told(without).every(([, message]) => message?.startsWith('Cannot compute gradient: gradient function not found for')) &&
  told(withOne).every(([, message]) => message === undefined);
process.exitCode = isAsWas ? 0 : 1;
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
