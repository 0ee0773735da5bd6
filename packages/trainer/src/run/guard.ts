import { InputError, type NetworkDescription, type Parameters } from '@idlm/core-diffusion';
import { weightsFile } from '@idlm/denoiser';
import type { GuardState } from '../checkpoints/guard-state';
import type { TrainingState } from '../checkpoints/snapshot';
import type { Guard, GuardCheck, GuardTimes } from './guard-contract';

/** No check yet. */
export const noChecks: GuardState = { checked: 0, failures: 0 };

/** @throws InputError unless both counts are whole and the guard looks at least once in a run */
export function requireGuard({ every, patience }: GuardTimes, updates: number): void {
  for (const [name, value] of Object.entries({ every, patience }))
    if (!((Number.isInteger(value) && value >= 1) || (name === 'patience' && value === Infinity)))
      throw new InputError(`A guard's ${name} is a whole number of at least 1; ${value} was given.`);
  if (every > updates)
    throw new InputError(
      `The guard looks every ${every} updates and the run has ${updates}; let it look every ${updates} or more often.`,
    );
}

/** Whether a check is to be made after `step` updates, and has not been. */
export const isCheckDue = ({ every }: GuardTimes, { checked }: Pick<GuardState, 'checked'>, step: number): boolean =>
  step > checked && step % every === 0;

/** Whether the guard's patience is at its end. */
export const isStopped = ({ patience }: GuardTimes, { failures }: Pick<GuardState, 'failures'>): boolean =>
  failures >= patience;

/** Whether a saved run has ended: its guard ended it, or all updates are made and checked. */
export function isFinished({ step, guard: saved }: TrainingState, updates: number, times?: GuardTimes): boolean {
  if (!times || !saved) return step >= updates;
  return isStopped(times, saved) || (step >= updates && !isCheckDue(times, saved, step));
}

/** The verdict on a check once its score is held against that of the weights kept so far. */
export const verdictOf = ({ verdict, score }: GuardCheck, { kept }: GuardState): GuardCheck['verdict'] =>
  verdict === 'keep' && score !== undefined && !(score < (kept?.score ?? Infinity)) ? 'fail' : verdict;

/** The weights that a check looked at. */
export interface CheckedWeights {
  readonly parameters: Parameters;
  readonly network: NetworkDescription;
  /** What the network is to the task. */
  readonly role: string;
}

/** The state after a check of these weights. */
export async function afterCheck(
  state: GuardState,
  found: GuardCheck,
  step: number,
  { parameters, network, role }: CheckedWeights,
): Promise<GuardState> {
  const { failures, kept } = state;
  const verdict = verdictOf(found, state);
  if (verdict !== 'keep')
    return { checked: step, failures: verdict === 'fail' ? failures + 1 : 0, ...(kept ? { kept } : {}) };
  const file = await weightsFile(parameters, network, { role, group: 'ema', step: String(step) });
  return { checked: step, failures: 0, kept: { step, file, score: found.score } };
}

/** `check was`, `3 checks in a row were`. */
const checksWere = (count: number): string => (count === 1 ? 'check was' : `${count} checks in a row were`);

/** What a guard has to say at the end of a run, in one sentence; nothing when its last check was good. */
export function guardSentence(guard: Guard, state: GuardState, reason?: string): string | undefined {
  const { failures, kept, checked } = state;
  if (checked === 0 || kept?.step === checked) return undefined;
  if (kept?.score !== undefined)
    return `${isStopped(guard, state) ? `The run ended after update ${checked}` : 'At the end'}, the ${guard.scored ?? 'score'} was no longer falling; the result is that of update ${kept.step}, where it was lowest (${kept.score.toFixed(4)}).`;
  const start = isStopped(guard, state) ? `The guard ended the run after update ${checked}: its` : `The guard's`;
  const found = `last ${checksWere(Math.max(1, failures))} outside the limits${reason ? ` (${reason})` : ''}`;
  const result = kept
    ? `the result is that of update ${kept.step}, the last within them`
    : 'none was within them, so the result is the last weights as they are';
  return `${start} ${found}; ${result}.`;
}
