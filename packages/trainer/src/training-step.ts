import { type Fed, type Feeds, type Parameters, upload } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { GROUPS, type NetworkState, disposeNetwork } from './network-state';
import { type AdamWOptions, adamW, clipFactor, globalNorm } from './optimizers/adamw';
import { type EmaOptions, emaDecay } from './optimizers/ema';

/** How one network is optimised. */
export interface OptimizerOptions extends AdamWOptions {
  /** Rate of update k = 0, 1, …; see `learningRate`. */
  readonly rate: (update: number) => number;
  /** Largest norm of the gradient; none by default. */
  readonly clip?: number;
  readonly ema: EmaOptions;
}

/** A loss of the trained parameters, with scalars to log. */
export type StepLoss = (
  parameters: Parameters,
  frozen: Readonly<Record<string, Parameters>>,
  fed: Fed,
) => { readonly loss: Tensor; readonly stats: Readonly<Record<string, Tensor>> };

/** What a step made. */
export interface StepReport {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly rate: number;
  readonly stats: Readonly<Record<string, number>>;
}

/** A step was refused: its loss or gradient is not finite. The network is as it was. */
export class NonFiniteStep extends Error {
  override readonly name = 'NonFiniteStep';
  constructor(readonly value: 'loss' | 'gradient') {
    super(`the ${value} is not finite`);
  }
}

/** A traced training step of one network. */
export interface TrainingStep {
  /**
   * Makes one update and frees the old state.
   * @throws NonFiniteStep before anything is changed
   */
  run(
    state: NetworkState,
    frozen: Readonly<Record<string, Parameters>>,
    feeds: Feeds,
  ): Promise<{ readonly state: NetworkState; readonly report: StepReport }>;
  dispose(): void;
}

/** Numbers of a step that change from update to update, in the order of their tensor. */
function scalarsOf(
  { rate, clip = Infinity, ema, beta1 = 0.9, beta2 = 0.999 }: OptimizerOptions,
  updates: number,
): number[] {
  const n = updates + 1;
  return [rate(updates), 1 - beta1 ** n, 1 - beta2 ** n, Math.min(clip, 1e30), 1 - emaDecay(ema)(n)];
}

/** Groups of tensors by name as one list, and back; names are in the order of the first call. */
const values = (group: Readonly<Record<string, Tensor>>): Tensor[] => Object.values(group);
const named = (names: readonly string[], list: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(names.map((name, i) => [name, list[i]!]));

/** Updated weights, moments and average of every parameter, group by group. */
function update(
  gradients: readonly Tensor[],
  state: readonly (readonly Tensor[])[],
  scalars: readonly Tensor[],
  options: AdamWOptions,
): Tensor[] {
  const [rate, firstCorrection, secondCorrection, , forget] = scalars as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const [weights, first, second, ema] = state as [Tensor[], Tensor[], Tensor[], Tensor[]];
  const moments = gradients.map((gradient, i) =>
    adamW(
      gradient,
      { weight: weights[i]!, first: first[i]!, second: second[i]! },
      { rate, firstCorrection, secondCorrection },
      options,
    ),
  );
  const averages = moments.map(({ weight }, i) => tf.sub(ema[i]!, tf.mul(tf.sub(ema[i]!, weight), forget)));
  return [
    ...moments.map(({ weight }) => weight),
    ...moments.map((m) => m.first),
    ...moments.map((m) => m.second),
    ...averages,
  ];
}

/**
 * One training step as a pure function of weights, moments, average, scalars, frozen networks and feeds, compiled by the
 * engine. The host reads one small vector per step: loss, norm and stats.
 */
export function trainingStep(engine: Engine, options: OptimizerOptions, loss: StepLoss): TrainingStep {
  let layout: { names: string[]; frozen: [string, string[]][]; feeds: string[]; stats: string[] } | undefined;
  const body = (inputs: Tensor[]): Tensor[] => {
    const { names, frozen: frozenNames, feeds } = layout!;
    const count = names.length;
    const state = GROUPS.map((_, g) => inputs.slice(g * count, (g + 1) * count));
    let at = GROUPS.length * count;
    const scalars = tf.split(inputs[at++]!, 5);
    const frozen = Object.fromEntries(
      frozenNames.map(([role, keys]) => {
        at += keys.length;
        return [role, named(keys, inputs.slice(at - keys.length, at))];
      }),
    );
    const fed = named(feeds, inputs.slice(at));
    let stats: Readonly<Record<string, Tensor>> = {};
    const scalarLoss = (...weights: Tensor[]) => {
      const result = loss(named(names, weights), frozen, fed);
      stats = result.stats;
      return result.loss as tf.Scalar;
    };
    const { value, grads } = tf.valueAndGrads(scalarLoss)(state[0]!);
    const norm = globalNorm(grads);
    const factor = clipFactor(norm, scalars[3]!);
    layout!.stats = Object.keys(stats);
    const summary = tf.stack([value, norm, ...values(stats)].map((scalar) => tf.reshape(scalar, [])));
    const clipped = options.clip === undefined ? grads : grads.map((gradient) => tf.mul(gradient, factor));
    return [summary, ...update(clipped, state, scalars, options)];
  };
  const compiled = engine.compile(body);
  return {
    async run(state, frozen, feeds) {
      const names = Object.keys(state.weights);
      const frozenNames = Object.entries(frozen).map(([role, parameters]): [string, string[]] => [
        role,
        Object.keys(parameters),
      ]);
      layout ??= { names, frozen: frozenNames, feeds: Object.keys(feeds), stats: [] };
      const scalars = scalarsOf(options, state.updates);
      const uploaded = [tf.tensor1d(scalars), ...values(upload(feeds))];
      const [scalarTensor, ...fed] = uploaded as [Tensor, ...Tensor[]];
      const inputs = [
        ...GROUPS.flatMap((group) => names.map((name) => state[group][name]!)),
        scalarTensor,
        ...Object.values(frozen).flatMap(values),
        ...fed,
      ];
      const outputs = compiled(inputs);
      tf.dispose(uploaded);
      const [summary, ...next] = outputs as [Tensor, ...Tensor[]];
      const [lossValue, gradientNorm, ...rest] = Array.from(await summary.data()) as [number, number, ...number[]];
      summary.dispose();
      if (!Number.isFinite(lossValue) || !Number.isFinite(gradientNorm)) {
        tf.dispose(next);
        throw new NonFiniteStep(Number.isFinite(lossValue) ? 'gradient' : 'loss');
      }
      const groups = GROUPS.map((group, g) => [
        group,
        named(names, next.slice(g * names.length, (g + 1) * names.length)),
      ]);
      disposeNetwork(state);
      return {
        state: { ...(Object.fromEntries(groups) as Omit<NetworkState, 'updates'>), updates: state.updates + 1 },
        report: {
          loss: lossValue,
          gradientNorm,
          rate: scalars[0]!,
          stats: Object.fromEntries(layout.stats.map((name, i) => [name, rest[i]!])),
        },
      };
    },
    dispose: () => compiled.dispose(),
  };
}
