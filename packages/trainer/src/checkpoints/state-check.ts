import { InputError } from '@idlm/core-diffusion';
import type { Task } from '../tasks/task';
import { STATE, type TrainingState } from './snapshot';

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): boolean => typeof value === 'string';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a guard's state is as a checkpoint holds it. */
const isGuard = (guard: unknown): boolean =>
  isObject(guard) &&
  isCount(guard['checked']) &&
  isCount(guard['failures']) &&
  (guard['kept'] === undefined || isCount(guard['kept'])) &&
  (guard['score'] === undefined || Number.isFinite(guard['score']));

/** Whether what is known of updates is as a checkpoint holds it. */
const isHealth = (health: unknown): boolean =>
  isObject(health) &&
  ['inARow', 'skipped', 'rollbacks'].every((name) => isCount(health[name])) &&
  isObject(health['losses']) &&
  Object.values(health['losses']).every((losses) => Array.isArray(losses) && losses.every(Number.isFinite));

/** What each member of a state is, where a checkpoint has it as it was written. */
const MEMBERS: Readonly<Record<Exclude<keyof TrainingState, 'version'>, (value: unknown) => boolean>> = {
  task: isText,
  step: isCount,
  result: isText,
  updates: (value) => isObject(value) && Object.values(value).every(isCount),
  identity: isObject,
  guard: (value) => value === undefined || isGuard(value),
  health: (value) => value === undefined || isHealth(value),
};

/**
 * Refuses the state of a checkpoint whose members are not as they were written.
 * @param what the checkpoint in messages
 * @param task what goes on from it: the updates of all its networks are to be known
 * @throws InputError naming the first member that is not
 */
export function requireState(state: TrainingState, what: string, task?: Task): void {
  const damagedMember = Object.entries(MEMBERS).find(([name, is]) => !is(state[name as keyof TrainingState]))?.[0];
  // Another task is refused by its name.
  const roles = task && task.name === state.task ? Object.keys(task.networks()) : [];
  const damaged = damagedMember ?? roles.find((role) => !isCount(state.updates[role]));
  if (damaged === undefined) return;
  throw new InputError(
    `${what} has a damaged ${STATE} (${damagedMember ?? `updates.${damaged}`}); go on from another checkpoint, or begin a new run.`,
  );
}
