import { InputError, type SamplingFamily, createRegistry } from '@idlm/core-diffusion/sampling';
import type { Classifier } from './classifier';

/** What a classifier is made for: the tokens and the kind of diffusion of the model that it guides. */
export interface ClassifierContext {
  readonly family: SamplingFamily;
  /** L: tokens of a row. */
  readonly length: number;
  /** Text of ids. */
  decode(ids: ArrayLike<number>): string;
}

/**
 * The classifiers by name, for configurations (`sampling.classifier`); there are none but a user's own, added with `register`. One may be
 * made in some time, such as from a file.
 * @example
 * ```ts
 * import { classifiers, everyToken, mdlm } from '@idlm/samplers';
 *
 * classifiers.register('sea', {
 *   description: 'texts that speak of the sea',
 *   create: (_options, { family, decode }) =>
 *     everyToken(
 *       async ({ tokens, length }) =>
 *         Array.from({ length: tokens.length / length }, (_, row) =>
 *           decode(tokens.subarray(row * length, (row + 1) * length)).includes('sea') ? 0 : -5,
 *         ),
 *       { vocabSize: family.process.vocabSize },
 *     ),
 * });
 * const family = mdlm({ vocabSize: 3, maskId: 2 });
 * const classifier = await classifiers.create('sea', { family, length: 1, decode: (ids) => ['sea', 'land', '_'][ids[0]!]! });
 * const request = { tokens: Int32Array.of(2), length: 1, t: 1, positions: Int32Array.of(0) };
 * console.log(...(await classifier(request))); // → 0 -5 -5
 * ```
 */
export const classifiers = createRegistry<Classifier | Promise<Classifier>, ClassifierContext>(
  'classifier',
  {},
  (named, classifier) => {
    if (typeof classifier !== 'function')
      throw new InputError(`${named} is ${typeof classifier}; it must be a function.`);
  },
);
