import {
  type CompiledNamed,
  type Parameters,
  type Uploaded,
  compileNamed,
  structureOf,
  pack,
  upload,
} from '@idlm/core-diffusion';
import { oneRank } from '@idlm/core-diffusion/ranks';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { StateGroups } from '../networks/network-state';
import { addGroups, freeGroups } from '../networks/tensor-groups';
import { type Frozen, gradientsOf } from './gradients';
import type { StepOptions } from './step';
import { sumOverRanks } from './sum-over-ranks';
import { tensorByTensor } from './tensor-by-tensor';
import { updateNetwork } from './update';
import { type ChangeMeasure, type ChangeMeasures, changeMeasures } from './update-ratio';

/** What a loss leaves, summed over the parts of a batch: scalars, [] each. */
interface Scalars {
  readonly loss: Tensor;
  readonly stats: Readonly<Record<string, Tensor>>;
}

/** What the host checks before it takes an update: the global norm before clipping, [], and Σ g² of each of P weights, [P]. */
interface Checked {
  readonly norm: Tensor;
  readonly squares: Tensor;
}

/** A step that is computed and not yet taken. The caller frees what it may look at. */
interface Computed extends Scalars {
  readonly host: Checked;
  /** The state after the update; the old one is freed. @param change given the weights before and after, where it is there */
  take(change?: ChangeMeasure): Promise<StateGroups>;
  /** Frees what was computed; the old state is as it was. */
  refuse(): void;
}

/** The compiled functions of one step. */
export interface DeviceHalves<Feeds extends object> {
  /**
   * Runs a step on feeds that it uploads and frees.
   * @param frozen networks that the loss reads and the step does not move
   * @param parts feeds of the parts of a batch, at least one, of equal weight; emptied on the way
   * @param numbers those of `numbersOf`, which change from update to update
   * @param meanwhile called while this rank waits for others, where there are several
   */
  run(state: StateGroups, frozen: Frozen, parts: Feeds[], numbers: number[], meanwhile: () => void): Promise<Computed>;
  readonly changes: ChangeMeasures;
  dispose(): void;
}

/** What the gradients of one part are taken from. */
interface PartInputs<Feeds extends object> {
  readonly weights: Parameters;
  readonly frozen: Frozen;
  readonly feeds: Uploaded<Feeds>;
}

/** What a state is moved by besides its gradients; `numbers` are those of `numbersOf`. */
interface UpdateInputs {
  readonly state: StateGroups;
  readonly numbers: Tensor;
}

type Update = { readonly state: StateGroups; readonly host: Checked };
type WholeInputs<Feeds extends object> = Omit<PartInputs<Feeds>, 'weights'> & UpdateInputs;
type PartResults = Scalars & { readonly gradients: Parameters };

/**
 * The compiled functions: a whole step, ∇L and the update at once; the gradients of a part; the update that ends several parts; and that
 * of a large network.
 */
function compileStep<Feeds extends object>({ engine, loss, optimizer, largeFrom }: StepOptions<Feeds>) {
  const differentiate = ({ weights, frozen, feeds }: PartInputs<Feeds>): PartResults =>
    gradientsOf(loss, weights, frozen, feeds);
  const update = (gradients: Parameters, { state, numbers }: UpdateInputs): Update => {
    const { norm, squares, groups } = updateNetwork(gradients, state, numbers, optimizer);
    return { host: { norm, squares }, state: groups };
  };
  return {
    whole: compileNamed(engine.compile, (inputs: WholeInputs<Feeds>): Scalars & Update => {
      const { gradients, ...scalars } = differentiate({ ...inputs, weights: inputs.state.weights });
      return { ...scalars, ...update(gradients, inputs) };
    }),
    part: compileNamed(engine.compile, differentiate),
    finish: compileNamed(engine.compile, (inputs: UpdateInputs & Pick<PartResults, 'gradients'>) =>
      update(inputs.gradients, inputs),
    ),
    large: tensorByTensor(engine.compile, optimizer, largeFrom),
    changes: changeMeasures(engine.compile),
  };
}

/**
 * Uploads the next feeds, which leave the list: those of a large vocabulary take as much as a network, and nothing but the device's
 * copy should be there while it computes. A function by itself, since its caller's frame would keep them.
 */
const uploadNext = <Feeds extends object>(parts: Feeds[]): Uploaded<Feeds> => upload(parts.shift()!);

/** Runs on the next feeds, which are uploaded for this call, and freed also where it fails. */
function withNext<Feeds extends object, Result>(parts: Feeds[], run: (fed: Uploaded<Feeds>) => Result): Result {
  const fed = uploadNext(parts);
  try {
    return run(fed);
  } finally {
    freeGroups(fed);
  }
}

/**
 * Results of one call per part, summed: losses, scalars and gradients. The mean over parts is taken later, by the share 1/parts
 * among the update's numbers, so that no pass over the gradients is spent on it.
 */
function sumOfParts<Feeds extends object>(
  parts: Feeds[],
  { run }: CompiledNamed<PartInputs<Feeds>, PartResults>,
  networks: Omit<PartInputs<Feeds>, 'feeds'>,
): PartResults {
  let sum: PartResults | undefined;
  try {
    while (parts.length > 0) {
      const next = withNext(parts, (feeds) => run({ ...networks, feeds }));
      sum = sum ? addGroups(sum, next) : next;
    }
  } catch (error) {
    if (sum) freeGroups(sum);
    throw error;
  }
  return sum!;
}

/** A new state that stands beside the old one until it is taken: for as long both are in memory. */
const beside = (old: StateGroups, { state, ...scalars }: Scalars & Update): Computed => ({
  ...scalars,
  async take(change) {
    await change?.add({ before: old.weights, after: state.weights });
    freeGroups(old);
    return state;
  },
  refuse: () => freeGroups(state),
});

/**
 * What this rank's parts gave, added to that of all ranks. The device computes meanwhile: its results are waited for where they are
 * added.
 */
async function overRanks<Feeds extends object>(
  { engine, ranks = oneRank, wire }: StepOptions<Feeds>,
  results: PartResults,
  networks: Omit<PartInputs<Feeds>, 'feeds'>,
  meanwhile: () => void,
): Promise<PartResults> {
  if (ranks.size === 1) return results;
  meanwhile();
  return sumOverRanks(engine, results, pack(networks, structureOf(networks)), { ranks, wire });
}

/**
 * A batch in one part is one compiled function; one in several is their gradients, summed, and then the update. The update of a
 * large network is made tensor by tensor once it is taken, so that old and new ones are not there at once.
 */
export function deviceHalves<Feeds extends object>(options: StepOptions<Feeds>): DeviceHalves<Feeds> {
  const { whole, part, finish, large, changes } = compileStep(options);
  const isAlone = (options.ranks ?? oneRank).size === 1;
  const atOnce = (state: StateGroups, { gradients, ...scalars }: PartResults, numbers: Tensor): Computed => {
    const updated = finish.run({ state, numbers, gradients });
    freeGroups(gradients);
    return beside(state, { ...scalars, ...updated });
  };
  const inSteps = (state: StateGroups, results: PartResults, numbers: Tensor): Computed => {
    const { gradients, ...scalars } = results;
    const { scalars: moving, ...host } = large.measure(gradients, numbers);
    return {
      ...{ ...scalars, host },
      async take(change) {
        try {
          return await large.move(state, gradients, moving, change);
        } finally {
          freeGroups(moving);
        }
      },
      refuse: () => freeGroups({ gradients, moving }),
    };
  };
  return {
    async run(state, frozen, parts, values, meanwhile) {
      const numbers = tf.tensor1d(values);
      const isLarge = large.suits(state.weights);
      try {
        if (parts.length === 1 && !isLarge && isAlone)
          return beside(
            state,
            withNext(parts, (feeds) => whole.run({ state, numbers, frozen, feeds })),
          );
        const networks = { weights: state.weights, frozen };
        const results = await overRanks(options, sumOfParts(parts, part, networks), networks, meanwhile);
        try {
          return (isLarge ? inSteps : atOnce)(state, results, numbers);
        } catch (error) {
          freeGroups(results);
          throw error;
        }
      } finally {
        numbers.dispose();
      }
    },
    changes,
    dispose: () => [whole, part, finish, large, changes].forEach((compiled) => compiled.dispose()),
  };
}
