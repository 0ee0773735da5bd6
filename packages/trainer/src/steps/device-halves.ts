import { type Feeds, upload } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { StateGroups } from '../networks/network-state';
import { type TensorGroups, addGroups, freeGroups } from '../networks/tensor-groups';
import { compileGroups } from './compile-groups';
import { type Frozen, type Gradients, gradientsOf } from './gradients';
import type { StepOptions } from './step';
import { type Updated, updateNetwork } from './update';

type Named = Readonly<Record<string, Tensor>>;

/** Results of one step: scalars summed over the parts, what the host checks, and the new tensors. The caller owns them. */
export interface StepResults {
  readonly loss: Named;
  readonly stats: Named;
  readonly host: Named;
  readonly state: StateGroups;
}

/** The compiled functions of one step. */
export interface DeviceHalves {
  /** Runs a step on feeds that it uploads and frees. */
  run(state: StateGroups, frozen: Frozen, parts: readonly Feeds[], numbers: number[]): StepResults;
  dispose(): void;
}

/** A network's groups travel with what they are before their names: slots and roles may be called anything. */
const travelling = (what: 'state' | 'frozen', groups: TensorGroups): TensorGroups =>
  Object.fromEntries(Object.entries(groups).map(([name, group]) => [`${what} ${name}`, group]));
const arrived = (what: 'state' | 'frozen', groups: TensorGroups): TensorGroups =>
  Object.fromEntries(
    Object.entries(groups)
      .filter(([name]) => name.startsWith(`${what} `))
      .map(([name, group]) => [name.slice(what.length + 1), group]),
  );

const scalarsOf = ({ loss, stats }: Gradients) => ({ loss: { loss }, stats });

const resultOf = ({ norm, squares, groups }: Updated) => ({ host: { norm, squares }, ...travelling('state', groups) });

const resultsFrom = (groups: TensorGroups): StepResults => ({
  ...{ loss: groups['loss']!, stats: groups['stats']!, host: groups['host']! },
  state: arrived('state', groups) as StateGroups,
});

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
function compileStep({ engine, loss, optimizer }: StepOptions) {
  const differentiate = (inputs: TensorGroups) =>
    gradientsOf(loss, inputs['state weights']!, arrived('frozen', inputs), inputs['feeds']!);
  const update = (gradients: Named, inputs: TensorGroups) => {
    const state = arrived('state', inputs) as StateGroups;
    return resultOf(updateNetwork(gradients, state, inputs['numbers']!['numbers']!, optimizer));
  };
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
    run(groups, frozenNetworks, parts, values) {
      const [state, frozen] = [travelling('state', groups), travelling('frozen', frozenNetworks)];
      const given: Record<string, Named> = { numbers: { numbers: tf.tensor1d(values) } };
      try {
        if (parts.length === 1)
          return withFeeds(parts[0]!, (feeds) => resultsFrom(whole({ ...state, ...given, ...frozen, feeds })));
        const weights = travelling('state', { weights: groups.weights });
        const { gradients, ...scalars } = sumOfParts(parts, (feeds) => part({ ...weights, ...frozen, feeds }));
        given['gradients'] = gradients!;
        return resultsFrom({ ...scalars, ...finish({ ...state, ...given }) });
      } finally {
        freeGroups(given);
      }
    },
    dispose: () => [whole, part, finish].forEach((compiled) => compiled.dispose()),
  };
}
