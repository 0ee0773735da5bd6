import type { CApi } from './c-api';
import { CALLS_AT_ONCE, openExecutors } from './executors';

const [CONTEXT, OWN] = [1, 100];

/** TensorFlow's part: which executor the thread has, and which were cleared. */
function started() {
  const state = { current: OWN, made: [] as number[], cleared: [] as number[] };
  const c = {
    TFE_ContextGetExecutorForThread: () => OWN,
    TFE_NewExecutor: (isAsync: number, streaming: number, most: number) => {
      expect([isAsync, streaming]).toEqual([1, 0]);
      expect(most).toBeGreaterThan(0);
      return state.made[state.made.push(200 + state.made.length) - 1]!;
    },
    TFE_ContextSetExecutorForThread: (_: number, executor: number) => (state.current = executor),
    TFE_ExecutorClearError: (executor: number) => state.cleared.push(executor),
  } as unknown as CApi;
  return { state, executors: openExecutors(c, CONTEXT) };
}

it('functions take turns on executors of their own, and ops stay on that of the thread', () => {
  const { state, executors } = started();
  const used = Array.from({ length: 2 * CALLS_AT_ONCE }, () => {
    const executor = executors.later(() => state.current);
    expect(state.current).toBe(OWN);
    return executor;
  });
  expect(used).toEqual([...state.made, ...state.made]);
  expect(used).not.toContain(OWN);
});

it('what meets the failure of another function is started again, on the same executor', () => {
  const { state, executors } = started();
  const tried: number[] = [];
  const result = executors.later(() => {
    tried.push(state.current);
    if (tried.length === 1) throw new Error('of one before');
    return 'started';
  });
  expect([result, tried]).toEqual(['started', [state.made[0], state.made[0]]]);
});

it('what fails by itself fails after two tries, and leaves the thread as it was', () => {
  const { state, executors } = started();
  let tries = 0;
  const start = () => {
    throw new Error(`try ${++tries}`);
  };
  expect(() => executors.later(start)).toThrow('try 2');
  expect([tries, state.current]).toEqual([2, OWN]);
  expect(executors.later(() => state.current)).toBe(state.made[1]);
});

it('clears the failures of all of them', () => {
  const { state, executors } = started();
  executors.clear();
  expect(state.cleared).toEqual(state.made);
});
