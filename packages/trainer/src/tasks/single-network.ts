import type { Parameters } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import { disposeNetwork, startNetwork } from '../networks/network-state';
import type { StepLoss } from '../steps/gradients';
import type { OptimizerOptions } from '../steps/step';
import type { OverRanks } from '../steps/sum-over-ranks';
import { trainingStep } from '../steps/training-step';
import { methodOf } from '../steps/update';
import { ahead, areSmall } from './ahead';
import { type Task, metricsOf } from './task';

/** What a task on one network is made from. */
export interface SingleNetworkOptions<Feeds extends object> extends OverRanks {
  readonly engine: Engine;
  /** Name of the task and role of its network. */
  readonly role: string;
  /** Initial weights; copied. */
  readonly parameters: Parameters;
  readonly optimizer: OptimizerOptions;
  readonly loss: StepLoss<Feeds>;
  /** Feeds of each part of update k that this rank computes; pure in k. */
  readonly feeds: (k: number) => Promise<Feeds[]>;
  /** Parts of an update on all ranks (default: those of `feeds`). */
  readonly parts?: number;
  readonly tokensPerUpdate: number;
}

/**
 * A task that trains one network on one loss: an update is one step of the optimizer on all parts of its batch. Feeds of the next update
 * are drawn on the host while the device computes this one.
 */
export function singleNetworkTask<Feeds extends object>(options: SingleNetworkOptions<Feeds>): Task {
  const { role, parameters, tokensPerUpdate } = options;
  const method = methodOf(options.optimizer);
  const step = trainingStep(options);
  const feeds = ahead(options.feeds, areSmall);
  let state = startNetwork(parameters, method);
  return {
    name: role,
    result: role,
    optimizers: { [role]: method.spec },
    tokensPerUpdate,
    networks: () => ({ [role]: state }),
    restore(networks) {
      disposeNetwork(state);
      state = networks[role]!;
    },
    async update(k, refuse, measured) {
      const { state: next, report } = await step.run({
        state,
        parts: await feeds.take(k),
        of: options.parts,
        meanwhile: () => feeds.prepare(k + 1),
        ...{ refuse, measured },
      });
      state = next;
      return metricsOf(role, report);
    },
    dispose() {
      disposeNetwork(state);
      step.dispose();
    },
  };
}
