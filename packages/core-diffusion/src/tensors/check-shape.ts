import type { Tensor } from '@tensorflow/tfjs-core';
import { InputError } from '../errors';

/**
 * Checks a tensor at a public boundary against named axes, such as `'B L V'`; sizes already known must agree.
 * @returns all sizes by name
 * @throws InputError naming the tensor, its shape and the shape that was expected; for what is no tensor, such as a promise of one
 */
export function checkShape<Sizes extends Record<string, number>>(
  what: string,
  tensor: Tensor,
  axes: string,
  sizes = {} as Sizes,
): Record<string, number> {
  const names = axes.split(' ');
  const known: Record<string, number> = { ...sizes };
  const expected = () => names.map((name) => (name in sizes ? `${name} = ${sizes[name]}` : name)).join(', ');
  if (!Array.isArray((tensor as Partial<Tensor> | undefined)?.shape))
    throw new InputError(
      `${what} must be a tensor of shape [${expected()}]; it is ${Object.prototype.toString.call(tensor)}.`,
    );
  const fits =
    names.length === tensor.shape.length &&
    names.every((name, i) => (known[name] ??= tensor.shape[i]!) === tensor.shape[i]);
  if (fits) return known;
  throw new InputError(`${what} must have shape [${expected()}]; it has [${tensor.shape.join(', ')}].`);
}
