import { type Family, mdlm, udlm } from '@idlm/core-diffusion';
import { type Space, enumerateSpace } from '../src/exact/space';

/** A process whose noisy states are few enough to list, in host numbers of its own (not the library's device code). */
export interface ListedProcess {
  readonly family: Family;
  /** Clean sequences. */
  readonly clean: Space;
  /** Noisy sequences; the mask, where there is one, is the last token. */
  readonly noisy: Space;
  /** P(noisy token | clean token). */
  transition(clean: number, noisy: number, alpha: number): number;
  /** Whether the student writes the clean token of a place where it sees this one. */
  isWritten(noisy: number): boolean;
  /** The NELBO's term of one position, at clean probabilities x_θ [V]. */
  loss(predicted: Float64Array, clean: number, noisy: number, alpha: number, dAlpha: number): number;
}

/** Masked diffusion on V^L sequences. */
export function listedMasked(vocabSize: number, length: number): ListedProcess {
  const mask = vocabSize;
  return {
    family: mdlm({ vocabSize: vocabSize + 1, maskId: mask }),
    clean: enumerateSpace(vocabSize, length),
    noisy: enumerateSpace(vocabSize + 1, length),
    transition: (clean, noisy, alpha) => (noisy === mask ? 1 - alpha : noisy === clean ? alpha : 0),
    isWritten: (noisy) => noisy === mask,
    loss: (predicted, clean, noisy, alpha, dAlpha) =>
      noisy === mask ? (dAlpha / (1 - alpha)) * Math.log(predicted[clean]!) : 0,
  };
}

/** Uniform diffusion on V^L sequences. Source of the loss: UDLM (arXiv 2412.10193), equation 14. */
export function listedUniform(vocabSize: number, length: number): ListedProcess {
  const space = enumerateSpace(vocabSize, length);
  return {
    family: udlm({ vocabSize }),
    clean: space,
    noisy: space,
    transition: (clean, noisy, alpha) => (clean === noisy ? alpha : 0) + (1 - alpha) / vocabSize,
    isWritten: () => true,
    loss(predicted, clean, noisy, alpha, dAlpha) {
      const data = predicted.map((_, v) => (v === clean ? vocabSize * alpha : 0) + 1 - alpha);
      const model = predicted.map((p) => vocabSize * alpha * p + 1 - alpha);
      let bracket = vocabSize / data[noisy]! - vocabSize / model[noisy]!;
      data.forEach((x, j) => {
        bracket -= (x / data[noisy]!) * (Math.log(model[noisy]! / model[j]!) + Math.log(x / data[noisy]!));
      });
      return (dAlpha / (vocabSize * alpha)) * bracket;
    },
  };
}

/** Token of a state at a position. */
export const tokenAt = ({ tokens, length }: Space, state: number, position: number): number =>
  tokens[state * length + position]!;

/** Π_l of a number of each position. */
export const product = ({ length }: Space, of: (position: number) => number): number =>
  Array.from({ length }, (_, l) => of(l)).reduce((a, b) => a * b, 1);
