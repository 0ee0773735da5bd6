import { type Task } from '@idlm/trainer';
import { runBriefly } from './train';

const quiet = { note() {}, progress() {} };

/** A task whose updates never leave the engine, as those of the native one may not. */
function busyTask(): Task & { readonly made: number[] } {
  const made: number[] = [];
  return {
    name: 'busy',
    result: 'teacher',
    optimizers: {},
    tokensPerUpdate: 1,
    made,
    networks: () => ({}),
    restore() {},
    async update(k) {
      made.push(k);
      return { 'teacher/loss': k };
    },
    dispose() {},
  };
}

describe('runBriefly', () => {
  it('makes every update and keeps the losses', async () => {
    const { history, guard } = await runBriefly({ task: busyTask(), updates: 3, label: '', reporter: quiet });
    expect(history).toEqual({ 'teacher/loss': [0, 1, 2] });
    expect(guard).toEqual({ checked: 0, strikes: 0 });
  });

  it('hears an interrupt between two updates', async () => {
    const task = busyTask();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('interrupted')), 5);
    const run = runBriefly({ task, updates: 1e9, label: '', reporter: quiet, signal: controller.signal });
    await expect(run).rejects.toThrow('interrupted');
    expect(task.made.length).toBeGreaterThan(0);
  });
});
