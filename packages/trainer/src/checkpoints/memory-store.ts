import { InputError } from '@idlm/core-diffusion';
import { missingStep, stepsToPrune } from './retention';
import type { CheckpointRef, CheckpointStore } from './store';

/**
 * Checkpoints in the memory of this process, for runs that need not outlive it: short ones, and those of tests. A checkpoint takes
 * as many bytes as its files would on a disk. Bytes are copied on their way in and out, so that no step changes what was saved.
 * @returns a store whose `read` and `find` throw an InputError for what is not there
 */
export function memoryCheckpointStore(): CheckpointStore {
  const checkpoints = new Map<number, ReadonlyMap<string, Uint8Array>>();
  const steps = (): number[] => [...checkpoints.keys()].sort((a, b) => b - a);
  const reference = (step: number): CheckpointRef => ({ step, path: `step-${step} in memory` });
  return {
    async save(step, files) {
      const written = new Map<string, Uint8Array>();
      for await (const { name, bytes } of files) written.set(name, bytes.slice());
      checkpoints.set(step, written);
      return reference(step);
    },
    async latest() {
      const [newest] = steps();
      return { ...(newest === undefined ? {} : { checkpoint: reference(newest) }), skipped: [] };
    },
    async find(step) {
      if (!checkpoints.has(step)) throw missingStep('This process', step, steps());
      return reference(step);
    },
    async read({ step, path }, name) {
      const bytes = checkpoints.get(step)?.get(name);
      if (!bytes) throw new InputError(`The checkpoint ${path} has no ${name}.`);
      return bytes.slice();
    },
    async prune(keep) {
      stepsToPrune(steps(), keep).forEach((step) => checkpoints.delete(step));
      return [];
    },
    async clean() {},
  };
}
