import type { Tensor } from '@tensorflow/tfjs-core';
import { groupsOf, stateOf } from '../networks/network-state';
import { freeGroups } from '../networks/tensor-groups';
import { deviceHalves } from './device-halves';
import { NonFiniteStep, RefusedStep, type StepOptions, type TrainingStep } from './step';
import { numbersOf } from './update';

/** A number of the device, on the host; what is computed for it has ended then. */
const readScalar = async (tensor: Tensor): Promise<number> => (await tensor.data())[0]!;

/**
 * The parameter whose gradient is at fault, found only once a step has failed.
 * @param squares Σ g² of each of P weights, [P]
 * @param names of the P weights, in the same order
 */
async function faultyGradient(squares: Tensor, names: readonly string[]): Promise<string> {
  const at = (await squares.data()).findIndex((value) => !Number.isFinite(value));
  return at < 0 ? 'the gradient' : `the gradient of ${names[at]}`;
}

/**
 * One training step as pure functions of weights, the optimizer's state, average, numbers, frozen networks and feeds, compiled by
 * the engine. The host reads a few scalars per step and takes the new tensors only if loss and gradient are finite.
 * Of a batch in n parts it reports the mean over parts of loss and scalars, the global norm of the mean gradient before clipping, and
 * the rate of this update.
 * @returns a step whose `run` throws NonFiniteStep and leaves the old state as it was
 */
export function trainingStep<Feeds extends object>(options: StepOptions<Feeds>): TrainingStep<Feeds> {
  const { role, optimizer } = options;
  const device = deviceHalves(options);
  return {
    async run({ state, frozen = {}, parts, of: count = parts.length, meanwhile, refuse: refused, measured }) {
      const { updates } = state;
      const rate = optimizer.rate(updates);
      if (!Number.isFinite(rate)) throw new NonFiniteStep(role, 'the learning rate');
      const numbers = numbersOf(optimizer, updates, count);
      let isPrepared = false;
      const prepare = () => {
        if (!isPrepared) meanwhile?.();
        isPrepared = true;
      };
      const { take, refuse, ...scalars } = await device.run(groupsOf(state), frozen, parts, numbers, prepare);
      const { host } = scalars;
      try {
        prepare();
        const [loss, gradientNorm] = await Promise.all([readScalar(scalars.loss), readScalar(host.norm)]);
        if (!Number.isFinite(loss)) throw new NonFiniteStep(role, 'the loss');
        if (!Number.isFinite(gradientNorm))
          throw new NonFiniteStep(role, await faultyGradient(host.squares, Object.keys(state.weights)));
        const reason = refused?.(role, { loss: loss / count, gradientNorm });
        if (reason !== undefined) throw new RefusedStep(role, `${role}: ${reason}`);
        const stats: Record<string, number> = {};
        for (const [name, tensor] of Object.entries(scalars.stats)) stats[name] = (await readScalar(tensor)) / count;
        const change = measured ? device.changes.begin() : undefined;
        return {
          state: stateOf(await take(change), updates + 1),
          report: { loss: loss / count, gradientNorm, rate, stats, updateRatio: change?.ratio() },
        };
      } catch (error) {
        refuse();
        throw error;
      } finally {
        freeGroups(scalars);
      }
    },
    dispose: device.dispose,
  };
}
