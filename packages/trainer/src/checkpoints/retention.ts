import { InputError } from '@idlm/core-diffusion/choices';
import type { Keep } from './store';

/** The steps that need not stay, of those that there are, newest first. */
export const stepsToPrune = (steps: readonly number[], { last, every, steps: kept = [] }: Keep): number[] =>
  steps.slice(Math.max(1, last)).filter((step) => (!every || step % every !== 0) && !kept.includes(step));

/** Says that a store has no checkpoint of a step, and of which it has. */
export const missingStep = (where: string, step: number, steps: readonly number[]): InputError =>
  new InputError(
    `${where} has no checkpoint of step ${step}; it has ${steps.length ? `those of steps ${steps.join(', ')}` : 'none'}.`,
  );
