// Fits a line by gradient descent, the whole step compiled into one TensorFlow function where the engine can.
//   npx tsx -C @idlm/source packages/engine/examples/compile.ts [native|wasm|cpu]
import * as tf from '@tensorflow/tfjs-core';
import { type EngineName, describeEngine, openEngine } from '@idlm/engine';

const engine = await openEngine({ prefer: (process.argv[2] as EngineName | undefined) ?? 'auto' });
const { name, reason, version, gigaflops } = describeEngine(engine);
console.log(`${name} (${reason}), ${version}, ${gigaflops.toFixed(0)} GFLOP/s`); // → … (…), …, … GFLOP/s

// Everything that changes from step to step is an input: the line, the points, and the rate as well.
const step = engine.compile(([slope, offset, x, y, rate]) => {
  const loss = (a: tf.Tensor, b: tf.Tensor) => tf.mean(tf.square(tf.sub(tf.add(tf.mul(a, x!), b), y!))) as tf.Scalar;
  const { value, grads } = tf.valueAndGrads(loss)([slope!, offset!]);
  return [value, tf.sub(slope!, tf.mul(rate!, grads[0]!)), tf.sub(offset!, tf.mul(rate!, grads[1]!))];
});

let line: tf.Tensor[] = [tf.scalar(0), tf.scalar(0)];
for (let i = 0; i <= 200; i++) {
  const points = Float32Array.from({ length: 64 }, (_, k) => Math.sin(i + k));
  const batch = [tf.tensor1d(points), tf.tensor1d(points.map((x) => 3 * x - 1)), tf.scalar(0.3 / (1 + i / 50))];
  const [loss, ...next] = step([...line, ...batch]);
  if (i % 50 === 0) console.log(`step ${i}: loss ${loss!.dataSync()[0]!.toFixed(4)}`);
  tf.dispose([line, batch, loss!]);
  line = next;
}
console.log(`y = ${line.map((t) => t.dataSync()[0]!.toFixed(3)).join(' x + ')} (made with 3 x + -1)`);
// → step 0: loss 5.4…
// → step 50: loss 0.0000
// → step 100: loss 0.0000
// → step 150: loss 0.0000
// → step 200: loss 0.0000
// → y = 3.000 x + -1.000 (made with 3 x + -1)
