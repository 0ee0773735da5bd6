import { type NetworkState, copyParameters, disposeNetwork } from '../networks/network-state';
import type { SavedTask } from './snapshot';

/** Networks as they stand at one step, whatever updates follow. */
export interface HeldNetworks {
  readonly task: SavedTask;
  /** Gives their tensors free. */
  release(): void;
}

const held = ({ weights, ema, optimizer, updates }: NetworkState): NetworkState => ({
  weights: copyParameters(weights),
  ema: copyParameters(ema),
  optimizer: Object.fromEntries(Object.entries(optimizer).map(([group, tensors]) => [group, copyParameters(tensors)])),
  updates,
});

/**
 * Holds a task's networks as they are now. No number is copied: updates make new tensors, and these keep the old ones from being freed,
 * so that it costs no time, and memory only once an update has been made.
 */
export function holdNetworks({ name, result, optimizers, networks }: SavedTask): HeldNetworks {
  const states = Object.fromEntries(Object.entries(networks()).map(([role, state]) => [role, held(state)]));
  return {
    task: { name, result, optimizers, networks: () => states },
    release: () => Object.values(states).forEach(disposeNetwork),
  };
}
