import { type Feeds, upload } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Group, NetworkState } from '../networks/network-state';
import { type TensorGroups, addGroups, freeGroups } from '../networks/tensor-groups';
import { compileGroups } from './compile-groups';
import { type Frozen, type Gradients, gradientsOf } from './gradients';
import type { StepOptions } from './training-step';
import { type Updated, updateNetwork } from './update';

type Named = Readonly<Record<string, Tensor>>;

/** Results of one step: scalars summed over the parts, what the host checks, and the new tensors. The caller owns them. */
export type StepResults = Readonly<Record<Group | 'loss' | 'stats' | 'host', Named>>;

/** The compiled functions of one step. */
export interface DeviceHalves {
  /** Runs a step on feeds that it uploads and frees. */
  run(state: Omit<NetworkState, 'updates'>, frozen: Frozen, parts: readonly Feeds[], numbers: number[]): StepResults;
  dispose(): void;
}

const scalarsOf = ({ loss, stats }: Gradients) => ({ loss: { loss }, stats });

const resultOf = ({ norm, squares, groups }: Updated) => ({ host: { norm, squares }, ...groups });

/** Frozen networks travel as groups of their own. */
const FROZEN = 'frozen ';
const frozenGroups = (frozen: Frozen): TensorGroups =>
  Object.fromEntries(Object.entries(frozen).map(([role, parameters]) => [FROZEN + role, parameters]));
const frozenFrom = (groups: TensorGroups): Frozen =>
  Object.fromEntries(
    Object.entries(groups)
      .filter(([name]) => name.startsWith(FROZEN))
      .map(([name, group]) => [name.slice(FROZEN.length), group]),
  );

/** Uploads feeds for one call. */
function withFeeds<Result>(feeds: Feeds, run: (fed: Named) => Result): Result {
  const fed = upload(feeds);
  try {
    return run(fed);
  } finally {
    freeGroups({ fed });
  }
}

/** The compiled functions: a whole step, the gradients of a part, and the update that ends several parts. */
function compileStep({ engine, loss }: StepOptions) {
  type Inputs = Record<string, Named>;
  const differentiate = (inputs: Inputs) => gradientsOf(loss, inputs['weights']!, frozenFrom(inputs), inputs['feeds']!);
  const update = (gradients: Named, inputs: Inputs) =>
    resultOf(updateNetwork(gradients, inputs as Record<Group, Named>, inputs['numbers']!['numbers']!));
  return {
    whole: compileGroups(engine, (inputs) => {
      const found = differentiate(inputs);
      return { ...scalarsOf(found), ...update(found.gradients, inputs) };
    }),
    part: compileGroups(engine, (inputs) => {
      const found = differentiate(inputs);
      return { ...scalarsOf(found), gradients: found.gradients };
    }),
    finish: compileGroups(engine, (inputs) => update(inputs['gradients']!, inputs)),
  };
}

/** Results of one call per part, summed. */
function sumOfParts(parts: readonly Feeds[], run: (fed: Named) => TensorGroups): TensorGroups {
  let sum: TensorGroups | undefined;
  for (const feeds of parts) {
    const next = withFeeds(feeds, run);
    sum = sum ? addGroups(sum, next) : next;
  }
  return sum!;
}

/** A batch in one part is one compiled function; one in several is their gradients, summed, and then the update. */
export function deviceHalves(options: StepOptions): DeviceHalves {
  const { whole, part, finish } = compileStep(options);
  return {
    run({ weights, first, second, ema }, frozenNetworks, parts, values) {
      const [state, frozen] = [{ weights, first, second, ema }, frozenGroups(frozenNetworks)];
      const given: Record<string, Named> = { numbers: { numbers: tf.tensor1d(values) } };
      try {
        if (parts.length === 1)
          return withFeeds(parts[0]!, (feeds) => whole({ ...state, ...given, ...frozen, feeds })) as StepResults;
        const { gradients, ...scalars } = sumOfParts(parts, (feeds) => part({ weights, ...frozen, feeds }));
        given['gradients'] = gradients!;
        return { ...scalars, ...finish({ ...state, ...given }) } as StepResults;
      } finally {
        freeGroups(given);
      }
    },
    dispose: () => [whole, part, finish].forEach((compiled) => compiled.dispose()),
  };
}
