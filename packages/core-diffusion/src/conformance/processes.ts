import { type ConformanceCheck, demand } from '../conformance';
import type { ForwardProcess } from '../processes/process';
import { randomStream } from '../random/stream';
import { demandClose, suiteOf } from './check';
import { chiSquare, chiSquareLimit } from './chi-square';

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

/** π: the law of all noise, which is what any clean token ends in. */
function noiseLaw(process: ForwardProcess): Float64Array {
  // Whatever stands in `out` is overwritten.
  const out = new Float64Array(process.vocabSize).fill(0.5);
  process.transition(cleanIds(process)[0]!, 0, out);
  return out;
}

/** q(z | x) = α [z = x] + (1 − α) π_z, the law of the noisy token. */
export const noisyLaw = (process: ForwardProcess, clean: number, alpha: number): Float64Array =>
  noiseLaw(process).map((share, v) => alpha * Number(v === clean) + (1 - alpha) * share);

/** How often each token occurs. */
export function countTokens(tokens: ArrayLike<number>, vocabSize: number): Float64Array {
  const counts = new Float64Array(vocabSize);
  for (let i = 0; i < tokens.length; i++) counts[tokens[i]!]!++;
  return counts;
}

function noise(process: ForwardProcess): void {
  const law = noiseLaw(process);
  demand(
    law.every((share) => share >= 0),
    'a chance of the law of all noise is negative',
  );
  demandClose(
    'the sum of the law of all noise',
    law.reduce((sum, share) => sum + share),
    1,
    1e-12,
  );
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

/** A law over clean tokens, and one of all tokens that follows from it at a signal level. */
function someLaws(
  process: ForwardProcess,
  alpha: number,
): { readonly clean: Float64Array; readonly noisy: Float64Array } {
  const clean = new Float64Array(process.vocabSize);
  cleanIds(process).forEach((v, i, { length }) => (clean[v] = (2 * (i + 1)) / (length * (length + 1))));
  return { clean, noisy: noiseLaw(process).map((share, v) => alpha * clean[v]! + (1 - alpha) * share) };
}

/** Tokens that stand at a signal level with some chance. */
const possible = (process: ForwardProcess, alpha: number): number[] =>
  Array.from(someLaws(process, alpha).noisy.keys()).filter((v) => someLaws(process, alpha).noisy[v]! > 0);

function openTokens(process: ForwardProcess): void {
  const [alphaS, alphaT] = LEVELS[0];
  for (const current of possible(process, alphaT)) {
    const law = bayes(process, current, someLaws(process, alphaT).clean, alphaS, alphaT)!;
    const moves = law[current]! < 1 - 1e-12;
    demand(
      process.isOpen(current) === moves,
      `isOpen says ${process.isOpen(current)} of token ${current}, which ${moves ? 'changes' : 'stays'} in reversed time`,
    );
  }
}

/** A signal level within, and how far back the difference quotients look. */
const [LEVEL, STEP] = [0.4, 1e-6];

function rates(process: ForwardProcess): void {
  const { clean, noisy } = someLaws(process, LEVEL);
  const dAlpha = -1.3;
  for (const current of possible(process, LEVEL).filter((token) => process.isOpen(token))) {
    const law = bayes(process, current, clean, LEVEL - STEP * dAlpha, LEVEL)!;
    const fromClean = clean.slice();
    process.cleanToRates(fromClean, current, { alpha: LEVEL, dAlpha });
    const fromScores = noisy.map((chance, v) => (v === current ? 0 : chance / noisy[current]!));
    process.scoresToRates(fromScores, current, -dAlpha / LEVEL);
    law.forEach((chance, v) => {
      const expected = v === current ? 0 : chance / STEP;
      const what = (of: string) => `the rate at which ${current} moves to ${v}, ${of}, not that of the posterior: it`;
      demandClose(what('from clean probabilities'), fromClean[v]!, expected, 1e-4);
      demandClose(what('from scores'), fromScores[v]!, expected, 1e-4);
    });
  }
}

function steps(process: ForwardProcess): void {
  const alphaS = 0.7;
  const { clean, noisy } = someLaws(process, LEVEL);
  for (const current of possible(process, LEVEL).filter((token) => process.isOpen(token))) {
    const law = noisy.map((chance, v) => (v === current ? 0 : chance / noisy[current]!));
    process.scoresToStep(law, current, Math.log(alphaS / LEVEL));
    const total = law.reduce((sum, chance) => sum + chance);
    bayes(process, current, clean, alphaS, LEVEL)!.forEach((chance, v) =>
      demandClose(
        `the chance of ${v} given ${current} by exact scores, not that of Bayes: it`,
        law[v]! / total,
        chance,
        1e-9,
      ),
    );
  }
}

/**
 * The conformance suite of forward processes, for any test runner: run each check. It is of processes that keep a token with the chance
 * α and else draw it from a law π of all noise, whatever that is: q(z | x) = α [z = x] + (1 − α) π_z.
 * @param make a fresh process, of few tokens
 */
export const processConformance = (make: () => ForwardProcess): ConformanceCheck[] =>
  suiteOf(make, {
    'ends in a law of all noise': noise,
    'begins with all noise': prior,
    'keeps a clean token with the chance alpha': transition,
    'has the posterior of Bayes': posterior,
    'is open where reversed time changes it': openTokens,
    'moves at the rates of its posterior': rates,
    'takes the steps that exact scores imply': steps,
  });
