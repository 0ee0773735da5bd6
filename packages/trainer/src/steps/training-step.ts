import type { Feeds } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type NetworkState, disposeNetwork } from '../networks/network-state';
import { freeGroups } from '../networks/tensor-groups';
import { deviceHalves } from './device-halves';
import type { Frozen, StepLoss } from './gradients';
import { type OptimizerOptions, numbersOf } from './update';

/** What a step is made from. */
export interface StepOptions {
  readonly engine: Engine;
  /** Role of the trained network, for messages. */
  readonly role: string;
  readonly optimizer: OptimizerOptions;
  readonly loss: StepLoss;
}

/** One update to make. */
export interface StepRequest {
  readonly state: NetworkState;
  readonly frozen?: Frozen;
  /** Feeds of each part of the batch; with more than one, the parts' gradients are averaged. */
  readonly parts: readonly Feeds[];
  /** Called once the device has its work: the moment to prepare the next feeds. */
  readonly meanwhile?: () => void;
}

/** What a step reports, for logs. */
export interface StepReport {
  readonly loss: number;
  /** Global norm before clipping. */
  readonly gradientNorm: number;
  readonly rate: number;
  readonly stats: Readonly<Record<string, number>>;
}

/** A step was refused, since its loss or gradient is not finite. The network is as it was. */
export class NonFiniteStep extends Error {
  override readonly name = 'NonFiniteStep';
  constructor(
    readonly role: string,
    readonly value: string,
  ) {
    super(`${value} of the ${role} is not finite`);
  }
}

/** A training step of one network. */
export interface TrainingStep {
  /**
   * Makes one update and frees the old state.
   * @throws NonFiniteStep before anything is changed
   */
  run(request: StepRequest): Promise<{ readonly state: NetworkState; readonly report: StepReport }>;
  dispose(): void;
}

const readScalar = async (tensor: Tensor): Promise<number> => (await tensor.data())[0]!;

/** The parameter whose gradient is at fault, found only once a step has failed. */
async function faultyGradient(squares: Tensor, names: readonly string[]): Promise<string> {
  const at = (await squares.data()).findIndex((value) => !Number.isFinite(value));
  return at < 0 ? 'the gradient' : `the gradient of ${names[at]}`;
}

/**
 * One training step as pure functions of weights, moments, average, numbers, frozen networks and feeds, compiled by the
 * engine. The host reads a few scalars per step and takes the new tensors only if loss and gradient are finite.
 */
export function trainingStep(options: StepOptions): TrainingStep {
  const { role, optimizer } = options;
  const device = deviceHalves(options);
  return {
    async run({ state, frozen = {}, parts, meanwhile }) {
      const { updates, ...before } = state;
      const rate = optimizer.rate(updates);
      if (!Number.isFinite(rate)) throw new NonFiniteStep(role, 'the learning rate');
      const results = device.run(before, frozen, parts, numbersOf(optimizer, updates, parts.length));
      const { loss: lossGroup, stats: statsGroup, host, ...after } = results;
      try {
        meanwhile?.();
        const [loss, gradientNorm] = await Promise.all([readScalar(lossGroup['loss']!), readScalar(host['norm']!)]);
        if (!Number.isFinite(loss)) throw new NonFiniteStep(role, 'the loss');
        if (!Number.isFinite(gradientNorm))
          throw new NonFiniteStep(role, await faultyGradient(host['squares']!, Object.keys(state.weights)));
        const stats: Record<string, number> = {};
        for (const [name, tensor] of Object.entries(statsGroup))
          stats[name] = (await readScalar(tensor)) / parts.length;
        disposeNetwork(state);
        const report = { loss: loss / parts.length, gradientNorm, rate, stats };
        return { state: { ...after, updates: updates + 1 }, report };
      } catch (error) {
        freeGroups(after);
        throw error;
      } finally {
        freeGroups({ lossGroup, statsGroup, host });
      }
    },
    dispose: device.dispose,
  };
}
