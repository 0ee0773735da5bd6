import { readFile, readdir } from 'node:fs/promises';
import type { Parameters as Weights } from '@idlm/core-diffusion';
import { loadModel } from '@idlm/denoiser/node';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { runFolder } from '../../test/run-folder';
import { type TaskName, bytesOf, kinds, model, tinyTask, trainIn, warnings } from '../../test/train';
import type { GuardState } from '../checkpoints/guard-state';
import { afterCheck, guardSentence, isCheckDue, isStopped, noChecks } from './guard';
import type { Guard } from './guard-contract';

const runs = runFolder();
const { at } = runs;

/** A guard whose checks find what is listed by update, and keep to it in their numbers. */
function guardOf(good: readonly number[], { every = 2, patience = 2 } = {}): Guard & { readonly looked: number[] } {
  const looked: number[] = [];
  return {
    every,
    patience,
    looked,
    async check(parameters, step) {
      looked.push(step);
      const sum = Object.values(parameters).reduce((total, value) => total + value.dataSync()[0]!, 0);
      const metrics = { 'guard/pairs': sum };
      return good.includes(step)
        ? { verdict: 'keep', metrics }
        : { verdict: 'fail', metrics, reason: `pairs at ${step}` };
    },
  };
}

const valuesOf = (parameters: Weights) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, Array.from(value.dataSync())]));

/** Runs a fresh task in a folder and frees it; gives its average at the end too. */
async function run(name: string, task: TaskName, options: Parameters<typeof trainIn>[2]) {
  const made = tinyTask(runs.engine, task);
  try {
    const done = await trainIn(at(name), made, options);
    return { ...done, average: valuesOf(made.networks()[made.result]!.ema) };
  } finally {
    made.dispose();
  }
}

describe('a guarded run', () => {
  it('saves and keeps the checkpoint of its best check, where that is asked for', async () => {
    const config = { updates: 9, checkpointEvery: 5, keepBest: true, keep: { last: 1 } };
    const { events } = await run('run', 'teacher', { guard: guardOf([2, 4], { patience: 9 }), config });
    expect(kinds(events).filter((kind) => kind.startsWith('checkpoint'))).toEqual(
      [2, 4, 5, 9].map((step) => `checkpoint ${step}`),
    );
    expect((await readdir(at('run/checkpoints'))).sort()).toEqual(['latest', 'step-4', 'step-9']);
  });

  it('ends when patience does, with the last good weights as the result and all of it in the logs', async () => {
    const tensors = tf.memory().numTensors;
    const guard = guardOf([2, 4]);
    const { events, result } = await run('run', 'distillation', {
      guard,
      config: { updates: 20, checkpointEvery: 5 },
    });
    expect(guard.looked).toEqual([2, 4, 6, 8]);
    expect(result).toMatchObject({ step: 8, interrupted: false, guard: { stopped: true, kept: 4 } });
    expect(kinds(events).slice(-4)).toEqual(['metrics 8', 'guard 8', 'warning 8', 'checkpoint 8']);
    expect(events.find(({ kind, step }) => kind === 'guard' && step === 6)).toMatchObject({
      verdict: 'fail',
      failures: 1,
    });
    expect(warnings(events)).toEqual([
      'The guard ended the run after update 8: its last 2 checks in a row were outside the limits (pairs at 8); the result is that of update 4, the last within them.',
    ]);
    const { average } = await run('to-four', 'distillation', { config: { updates: 4 } });
    const saved = await loadModel(result.checkpoint.path);
    expect(valuesOf(saved.parameters)).toEqual(average);
    expect(saved.metadata).toMatchObject({ role: 'student', group: 'ema', step: '4' });
    tf.dispose(saved.parameters);
    const lines = (await readFile(at('run/metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.filter((line) => line.includes('guard/pairs'))).toHaveLength(4);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('that is never outside ends with its last update, and keeps quiet', async () => {
    const { events, result, average } = await run('run', 'teacher', {
      guard: guardOf([2, 4]),
      config: { updates: 4 },
    });
    expect([result.guard, warnings(events)]).toEqual([{ stopped: false, kept: 4 }, []]);
    const { parameters } = await loadModel(result.checkpoint.path);
    expect(valuesOf(parameters)).toEqual(average);
    tf.dispose(parameters);
  });

  it('without a good check keeps its last weights, and says so', async () => {
    const { events, result, average } = await run('run', 'teacher', { guard: guardOf([]), config: { updates: 9 } });
    expect(result).toMatchObject({ step: 4, guard: { stopped: true } });
    expect(warnings(events)[0]).toMatch(/none was within them, so the result is the last weights as they are\.$/);
    const { parameters } = await loadModel(result.checkpoint.path);
    expect(valuesOf(parameters)).toEqual(average);
    tf.dispose(parameters);
  });

  it('takes the same course as one without a guard', async () => {
    const { average } = await run('guarded', 'teacher', {
      guard: guardOf([2], { patience: 9 }),
      config: { updates: 6 },
    });
    expect(average).toEqual((await run('free', 'teacher', { config: { updates: 6 } })).average);
  });

  it.each([
    [{ every: 0 }, "A guard's every is a whole number of at least 1; 0 was given."],
    [{ patience: 1.5 }, "A guard's patience is a whole number of at least 1; 1.5 was given."],
    [{ every: 9 }, 'The guard looks every 9 updates and the run has 4; let it look every 4 or more often.'],
  ])('is refused with %j', async (more, message) => {
    await expect(run('run', 'teacher', { guard: guardOf([], more), config: { updates: 4 } })).rejects.toThrow(message);
  });
});

/** A guard that compares checks by a score, listed in their order. */
function scoredGuard(scores: readonly number[], patience: number): Guard {
  return {
    every: 2,
    patience,
    scored: 'held-out loss',
    check: async (_parameters, step) => ({ verdict: 'keep', score: scores[step / 2 - 1]!, metrics: {} }),
  };
}

describe('a guard that compares checks', () => {
  const scores = [3, 2, 2.5, 2, NaN, 1];

  it('keeps the weights of the lowest score, and ends the run after so many without a lower one', async () => {
    const { events, result } = await run('run', 'teacher', {
      guard: scoredGuard(scores, 3),
      config: { updates: 20 },
    });
    expect(result).toMatchObject({ step: 10, interrupted: false, guard: { stopped: true, kept: 4 } });
    expect(events.filter(({ kind }) => kind === 'guard')).toMatchObject(
      ['keep', 'keep', 'fail', 'fail', 'fail'].map((verdict) => ({ verdict })),
    );
    expect(warnings(events)).toEqual([
      'The run ended after update 10, the held-out loss was no longer falling; the result is that of update 4, where it was lowest (2.0000).',
    ]);
  });

  it('goes on to the end with endless patience, and then the lowest is the result', async () => {
    const { result, events } = await run('run', 'teacher', {
      guard: scoredGuard([3, 2, 4], Infinity),
      config: { updates: 6 },
    });
    expect(result).toMatchObject({ step: 6, guard: { stopped: false, kept: 4 } });
    expect(warnings(events)).toEqual([
      'At the end, the held-out loss was no longer falling; the result is that of update 4, where it was lowest (2.0000).',
    ]);
  });

  it('remembers the lowest score when it goes on', async () => {
    const config = { updates: 12, checkpointEvery: 3 };
    await run('whole', 'teacher', { guard: scoredGuard(scores, 9), config });
    await run('parts', 'teacher', { guard: scoredGuard(scores, 9), config: { ...config, updates: 5 } });
    const { result } = await run('parts', 'teacher', { guard: scoredGuard(scores, 9), resume: 'latest', config });
    expect(result).toMatchObject({ step: 12, guard: { kept: 12 } });
    expect(await bytesOf(at('parts'), 12)).toEqual(await bytesOf(at('whole'), 12));
  });
});

describe('a resumed guarded run', () => {
  const good = [2, 6, 8];
  const whole = () => run('whole', 'teacher', { guard: guardOf(good), config: { updates: 20 } });
  const goOn = (updates = 20) =>
    run('parts', 'teacher', { guard: guardOf(good), resume: 'latest', config: { updates, checkpointEvery: 3 } });

  it('equals an unbroken one byte for byte, wherever it was cut: failures, kept weights and end', async () => {
    const { result } = await whole();
    expect(result).toMatchObject({ step: 12, guard: { kept: 8 } });
    await run('parts', 'teacher', { guard: guardOf(good), config: { updates: 3 } });
    for (const updates of [4, 5, 8, 11, 20]) await goOn(updates);
    expect(await bytesOf(at('parts'), 12)).toEqual(await bytesOf(at('whole'), 12));
    const again = await goOn();
    expect(again.result).toMatchObject({ step: 12, interrupted: false, guard: { stopped: true, kept: 8 } });
    expect(await bytesOf(at('parts'), 12)).toEqual(await bytesOf(at('whole'), 12));
  });

  it('makes the check that an interrupt kept it from', async () => {
    await whole();
    const abort = new AbortController();
    const guard = guardOf(good);
    const interrupted: Guard = {
      ...guard,
      async check(parameters, step, signal) {
        if (step < 10) return guard.check(parameters, step);
        abort.abort();
        signal!.throwIfAborted();
        throw new Error('not reached');
      },
    };
    const { result, events } = await run('parts', 'teacher', {
      guard: interrupted,
      signal: abort.signal,
      config: { updates: 20 },
    });
    expect(result).toMatchObject({ step: 10, interrupted: true, guard: { stopped: false, kept: 8 } });
    expect(warnings(events)).toEqual([]);
    const { events: later } = await goOn();
    expect(kinds(later).slice(0, 4)).toEqual(['start 10', 'guard 10', 'checkpoint 10', 'metrics 11']);
    expect(await bytesOf(at('parts'), 12)).toEqual(await bytesOf(at('whole'), 12));
  });

  it('is not done while the check of its last update is missing', async () => {
    const abort = new AbortController();
    const guard: Guard = {
      ...guardOf([]),
      async check(_parameters, _step, signal) {
        abort.abort();
        signal!.throwIfAborted();
        throw new Error('not reached');
      },
    };
    const config = { updates: 2 };
    const { result } = await run('parts', 'teacher', { guard, signal: abort.signal, config });
    expect(result).toMatchObject({ step: 2, interrupted: true, guard: { stopped: false } });
    const { result: later } = await run('parts', 'teacher', { guard: guardOf([2]), resume: 'latest', config });
    expect(later).toMatchObject({ step: 2, interrupted: false, guard: { stopped: false, kept: 2 } });
  });

  it('goes on from its own average, not from what was kept, also when the guard is taken off', async () => {
    await whole();
    await run('free', 'teacher', { config: { updates: 14 } });
    await run('whole', 'teacher', { resume: 'latest', config: { updates: 14 } });
    const files = async (name: string) => {
      const { 'metrics.jsonl': _, ...rest } = await bytesOf(at(name), 14);
      return rest;
    };
    expect(await files('whole')).toEqual(await files('free'));
  });
});

describe('the state of a guard', () => {
  const verdicts = fc.array(fc.constantFrom('keep' as const, 'wait' as const, 'fail' as const), { maxLength: 12 });

  it('has the last good check and the failures since, and stops at the first run of them that is long enough', async () => {
    const parameters = tinyTask(runs.engine, 'teacher');
    const weights = { parameters: parameters.networks()['teacher']!.ema, network: model.network, role: 'teacher' };
    await fc.assert(
      fc.asyncProperty(verdicts, fc.integer({ min: 1, max: 4 }), async (found, patience) => {
        const guard = { ...guardOf([]), every: 5, patience };
        let state: GuardState = noChecks;
        const trail: number[] = [];
        for (const [i, verdict] of found.entries()) {
          const step = (i + 1) * 5;
          expect([isCheckDue(guard, state, step - 1), isCheckDue(guard, state, step)]).toEqual([false, true]);
          state = await afterCheck(state, { verdict, metrics: {} }, step, weights);
          expect(isCheckDue(guard, state, step)).toBe(false);
          trail.push(verdict === 'fail' ? (trail.at(-1) ?? 0) + 1 : 0);
          expect(state.failures).toBe(trail.at(-1));
          expect(isStopped(guard, state)).toBe(trail.at(-1)! >= patience);
        }
        const last = found.lastIndexOf('keep');
        expect(state.kept?.step).toBe(last < 0 ? undefined : (last + 1) * 5);
        expect(guardSentence(guard, state) === undefined).toBe(!found.length || found.at(-1) === 'keep');
      }),
      { numRuns: 30 },
    );
    parameters.dispose();
  });

  it('says one check in the singular, and what came of the run', () => {
    const guard = guardOf([], { patience: 3 });
    expect(guardSentence(guard, { checked: 4, failures: 1, kept: { step: 2, file: new Uint8Array() } })).toBe(
      "The guard's last check was outside the limits; the result is that of update 2, the last within them.",
    );
  });
});
