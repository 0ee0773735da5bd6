import { type ConformanceCheck, demand } from '../conformance';
import type { ForwardProcess } from '../processes/process';
import { randomStream } from '../random/stream';
import { chiSquare, chiSquareLimit, demandClose, suiteOf } from './check';

const DRAWS = 6000;
/** Pairs of an earlier and a later signal. */
const LEVELS = [
  [0.9, 0.2],
  [0.5, 0.4],
  [1, 0.3],
  [0.7, 0],
] as const;

/** The clean tokens. */
export const cleanIds = ({ vocabSize, maskId }: ForwardProcess): number[] =>
  Array.from({ length: vocabSize }, (_, v) => v).filter((v) => v !== maskId);

/** π: the law of all noise. */
const noiseLaw = ({ vocabSize, maskId }: ForwardProcess): Float64Array =>
  maskId === undefined
    ? new Float64Array(vocabSize).fill(1 / vocabSize)
    : Float64Array.from({ length: vocabSize }, (_, v) => Number(v === maskId));

/** q(z | x) = α [z = x] + (1 − α) π_z, the law of the noisy token. */
export const noisyLaw = (process: ForwardProcess, clean: number, alpha: number): Float64Array =>
  noiseLaw(process).map((share, v) => alpha * Number(v === clean) + (1 - alpha) * share);

/** How often each token occurs. */
export function countTokens(tokens: ArrayLike<number>, vocabSize: number): Float64Array {
  const counts = new Float64Array(vocabSize);
  for (let i = 0; i < tokens.length; i++) counts[tokens[i]!]!++;
  return counts;
}

function prior(process: ForwardProcess): void {
  const tokens = process.prior(DRAWS / 6, 6, randomStream(1));
  demand(tokens.length === DRAWS, `${DRAWS} tokens of noise were asked for; ${tokens.length} came`);
  const statistic = chiSquare(countTokens(tokens, process.vocabSize), noiseLaw(process));
  demand(statistic < chiSquareLimit(process.vocabSize - 1), `the prior is not all noise: chi-square ${statistic}`);
}

function transition(process: ForwardProcess): void {
  for (const clean of cleanIds(process))
    for (const alpha of [1, 0.6, 0]) {
      // Whatever stands in `out` is overwritten.
      const out = new Float64Array(process.vocabSize).fill(0.5);
      process.transition(clean, alpha, out);
      noisyLaw(process, clean, alpha).forEach((share, v) =>
        demandClose(`q(${v} | ${clean}), the transition at alpha ${alpha},`, out[v]!, share, 1e-12),
      );
    }
}

/** P(x_s | x_t, x_0 ~ clean) by Bayes from the forward laws. */
function bayes(process: ForwardProcess, current: number, clean: Float64Array, alphaS: number, alphaT: number) {
  const early = noiseLaw(process).map((share, v) => alphaS * clean[v]! + (1 - alphaS) * share);
  const joint = early.map((chance, v) => chance * noisyLaw(process, v, alphaT / alphaS)[current]!);
  const total = joint.reduce((sum, value) => sum + value, 0);
  return total > 0 ? joint.map((value) => value / total) : undefined;
}

function posterior(process: ForwardProcess): void {
  const random = randomStream(3);
  const tokens = cleanIds(process);
  for (const [alphaS, alphaT] of LEVELS)
    for (let current = 0; current < process.vocabSize; current++) {
      const weights = Float64Array.from({ length: process.vocabSize }, (_, v) =>
        tokens.includes(v) ? 0.1 + random.uniform() : 0,
      );
      const clean = weights.map((value) => value / weights.reduce((a, b) => a + b, 0));
      const expected = bayes(process, current, clean, alphaS, alphaT);
      // A token that cannot come about has no posterior.
      if (!expected) continue;
      const given = clean.slice();
      // Whatever stands in `out` is overwritten.
      const out = new Float64Array(process.vocabSize).fill(0.5);
      process.posterior(current, given, alphaS, alphaT, out);
      out.forEach((value, v) =>
        demandClose(`the posterior of ${v} given ${current}, not that of Bayes: it`, value, expected[v]!, 1e-9),
      );
      demand(given.join() === clean.join(), 'the posterior changed the probabilities that it was given');
    }
}

/**
 * The conformance suite of forward processes, for any test runner: run each check.
 * @param make a fresh process, of few tokens, whose noise is the mask, or even over all tokens where there is none
 */
export const processConformance = (make: () => ForwardProcess): ConformanceCheck[] =>
  suiteOf(make, {
    'begins with all noise': prior,
    'keeps a clean token with the chance alpha': transition,
    'has the posterior of Bayes': posterior,
  });
