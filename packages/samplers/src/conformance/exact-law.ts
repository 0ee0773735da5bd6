import type { SamplingFamily } from '@idlm/core-diffusion/sampling';
import type { SamplerLaw, StepLaw } from '../sampler';
import { type ExactNetwork, type RowLaw, type RowOutcome, type StepTimes, independently } from './row-law';
import { JOINT, LENGTH, cleanTokens, exactNetwork, transition } from './tiny-model';

/** The posterior of the process, as a step's law. */
const posteriorLaw: StepLaw = (current, clean, { from, to }, { process, schedule }) => {
  const out = new Float64Array(process.vocabSize);
  process.posterior(current, clean, schedule.alpha(to), schedule.alpha(from), out);
  return out;
};

/** The law of a row whose positions step independently. */
const byPosition = (stepLaw: StepLaw): RowLaw => ({
  outcomes: ({ tokens }, network, step, family) =>
    independently(tokens.map((token, position) => stepLaw(token, network(tokens, position, step.from), step, family))),
});

/** Rows with their probabilities, each once. */
type Mixture = ReadonlyMap<string, RowOutcome>;

const keyOf = ({ tokens, carried = [] }: RowOutcome): string => JSON.stringify([tokens, carried.map(String)]);

function gathered(outcomes: readonly RowOutcome[]): Mixture {
  const mixture = new Map<string, RowOutcome>();
  for (const outcome of outcomes) {
    const key = keyOf(outcome);
    mixture.set(key, { ...outcome, probability: outcome.probability + (mixture.get(key)?.probability ?? 0) });
  }
  return mixture;
}

/** What rows step by. */
interface Chain {
  readonly family: SamplingFamily;
  readonly network: ExactNetwork;
  readonly law: RowLaw;
}

/** Rows after one step. */
function afterStep(mixture: Mixture, step: StepTimes, { family, network, law }: Chain): Mixture {
  return gathered(
    [...mixture.values()].flatMap((row) =>
      law
        .outcomes(row, network, step, family)
        .map((next) => ({ ...next, probability: next.probability * row.probability })),
    ),
  );
}

/** The law over all V² states V · first + second of some rows. */
function overStates(outcomes: Iterable<RowOutcome>, vocabSize: number): Float64Array {
  const law = new Float64Array(vocabSize ** LENGTH);
  for (const { tokens, probability } of outcomes)
    law[tokens.reduce((state, token) => state * vocabSize + token, 0)]! += probability;
  return law;
}

/** The law over all V² states of clean sequences that are noised to α; its sum is that of the joint one. */
export function noisedLaw(family: SamplingFamily, alpha: number, joint = JOINT): Float64Array {
  const noisy = cleanTokens(family).map((token) => transition(family, token, alpha));
  return overStates(
    noisy.flatMap((first, i) =>
      noisy.flatMap((second, j) =>
        independently([first, second]).map((one) => ({ ...one, probability: one.probability * joint[i]![j]! })),
      ),
    ),
    family.process.vocabSize,
  );
}

/**
 * The law over all V² states at the end of a grid, from all noise, of the exact network under a sampler's law, by enumeration of
 * every way there; of another network, where it is given. In infinitely many steps it is that of noised data, whatever the order of the tokens.
 */
export function lawAtEnd(
  samplerLaw: SamplerLaw | RowLaw,
  grid: ArrayLike<number>,
  family: SamplingFamily,
  network = exactNetwork(family),
): Float64Array {
  const { schedule, process } = family;
  if (samplerLaw === 'first-hitting') {
    const [first, last] = [schedule.alpha(grid[0]!), schedule.alpha(grid[grid.length - 1]!)];
    return noisedLaw(family, process.unmasking!.chance(last, first));
  }
  const law =
    typeof samplerLaw === 'object' ? samplerLaw : byPosition(samplerLaw === 'ancestral' ? posteriorLaw : samplerLaw);
  const noise = transition(family, cleanTokens(family)[0], 0);
  let mixture = gathered(independently([noise, noise]));
  for (let i = 1; i < grid.length; i++)
    mixture = afterStep(mixture, { from: grid[i - 1]!, to: grid[i]! }, { family, network, law });
  return overStates(mixture.values(), process.vocabSize);
}
