import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { after } from './after';
import { differentiable } from './differentiable';

/**
 * `run` on the same tensor for several items, of which one is at work at a time, forward and backward: a compiled function would compute them
 * side by side, and have there at once what each needs on its way. Forward an item waits for the result of the one before; backward the
 * last item comes first, and one waits until the gradient of the item behind it has come back to x. Changes no number.
 * @param x float32; copied, so better a small one
 * @param run gives float32
 */
export function inTurn<Item>(items: readonly Item[], x: Tensor, run: (x: Tensor, item: Item) => Tensor): Tensor[] {
  const results: Tensor[] = [];
  const gradients: Tensor[] = [];
  for (const [i, item] of items.entries()) {
    const own = differentiable({
      inputs: [x],
      forward: () => ({ value: i === 0 ? tf.clone(x) : after(x, results[i - 1]!), saved: [] }),
      backward(dy) {
        gradients[i] = dy;
        return [tf.clone(dy)];
      },
    });
    const result = run(own, item);
    results.push(
      differentiable({
        inputs: [result],
        forward: () => ({ value: tf.clone(result), saved: [] }),
        backward: (dy) => [gradients[i + 1] ? after(dy, gradients[i + 1]!) : tf.clone(dy)],
      }),
    );
  }
  return results;
}
