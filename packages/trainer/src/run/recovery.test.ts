import { readFile, readdir } from 'node:fs/promises';
import { runFolder } from '../../test/run-folder';
import { optimizer, tinyTeacher } from '../../test/tiny';
import { bytesOf, kinds, trainIn, warnings } from '../../test/train';
import type { TrainEvent } from '../logs/events';
import { RefusedStep } from '../steps/step';
import type { Task } from '../tasks/task';
import { HEALTH } from '../health/options';

const runs = runFolder();
const { at } = runs;
const changes = (events: readonly TrainEvent[]) =>
  kinds(events.filter(({ kind }) => kind !== 'metrics' && kind !== 'warning'));

/** A task of which some updates, counted from 0, are refused. */
function refusing(bad: readonly number[]): Task {
  const task = tinyTeacher(runs.engine);
  return {
    ...task,
    async update(k, refuse, measured) {
      if (bad.includes(k)) throw new RefusedStep('teacher', 'the loss of the teacher is not finite');
      return task.update(k, refuse, measured);
    },
  };
}

const run = async (name: string, task: Task, options: Parameters<typeof trainIn>[2]) => {
  try {
    return await trainIn(at(name), task, { health: HEALTH, ...options });
  } finally {
    task.dispose();
  }
};

describe('an update that is refused', () => {
  it('is skipped with its batch, in the events and in a sentence', async () => {
    const { events, result } = await run('run', refusing([1]), { config: { updates: 4 } });
    expect(changes(events)).toEqual(['start 0', 'skipped 2', 'checkpoint 4']);
    expect(warnings(events)).toEqual([
      'Update 2 was refused and its batch is skipped: the loss of the teacher is not finite.',
    ]);
    expect(result).toMatchObject({ step: 4, interrupted: false });
  });

  it('several times in a row puts the weights of the last regular checkpoint back, once it is there', async () => {
    const config = { updates: 9, checkpointEvery: 2, keep: { last: 1 } };
    const { events } = await run('run', refusing([5, 6, 7]), { config });
    expect(changes(events)).toEqual([
      ...['start 0', 'checkpoint 2', 'checkpoint 4', 'skipped 6', 'checkpoint 6', 'skipped 7', 'skipped 8'],
      ...['rollback 8', 'checkpoint 8', 'checkpoint 9'],
    ]);
    const rollback = events.find(({ kind }) => kind === 'rollback');
    expect(rollback).toMatchObject({ checkpoint: { step: 4 }, rollbacks: 1 });
    expect(warnings(events).at(-1)).toBe(
      '3 updates in a row were refused, so the weights of step 4 are put back (1 of 2 times); the batches in between are not seen again.',
    );
    const lines = (await readFile(at('run/metrics.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line.includes('health'));
    expect(lines).toEqual([
      '{"step":6,"health/skipped-in-a-row":1}',
      '{"step":7,"health/skipped-in-a-row":2}',
      '{"step":8,"health/skipped-in-a-row":3}',
      '{"step":8,"health/rollbacks":1}',
    ]);
    const early = run('early', refusing([0, 1, 2]), { config });
    await expect(early).rejects.toThrow('Update 3 was refused: the loss of the teacher is not finite.');
  });

  it('ends the run when weights were put back often enough', async () => {
    const config = { updates: 30, checkpointEvery: 2 };
    const all = Array.from({ length: 30 }, (_, k) => k).filter((k) => k >= 3);
    const failing = run('run', refusing(all), { config });
    await expect(failing).rejects.toThrow('Update 12 was refused');
    await expect(failing).rejects.toMatchObject({ exitCode: 2 });
    expect((await readdir(at('run/checkpoints'))).sort()).toEqual(['latest', 'step-10', 'step-6', 'step-8']);
  });

  it('is refused again in a resumed run: it is that of an unbroken one bit for bit, also across a rollback', async () => {
    const bad = [1, 5, 6, 7];
    const health = { ...HEALTH, recent: 4 };
    await run('whole', refusing(bad), { health, config: { updates: 10, checkpointEvery: 2 } });
    for (const [updates, resume] of [[3], [7, 'latest'], [10, 'latest']] as const)
      await run('parts', refusing(bad), { health, resume, config: { updates, checkpointEvery: 2 } });
    expect(await bytesOf(at('parts'), 10)).toEqual(await bytesOf(at('whole'), 10));
  });
});

it('a spike of the loss is seen before it is applied', async () => {
  // Weights hardly move; the fifth batch has a larger loss than the four before it have in the middle.
  const task = tinyTeacher(runs.engine, { optimizer: { ...optimizer(), rate: () => 1e-6 } });
  const health = { ...HEALTH, spike: 0.01, recent: 4 };
  const { events } = await run('run', task, { health, config: { updates: 5 } });
  expect(changes(events)).toEqual(['start 0', 'skipped 5', 'checkpoint 5']);
  expect(warnings(events)).toEqual([
    expect.stringMatching(/^Update 5 was refused .*: teacher: the loss is a spike: 2\.16\d .* of the last 4\.$/),
  ]);
});

it('a limit ends the run after an update, with all of it saved', async () => {
  const { events, result } = await run('run', tinyTeacher(runs.engine), {
    limits: { milliseconds: 2500 },
    config: { updates: 9 },
  });
  expect(result.interrupted).toBe(true);
  expect(changes(events).at(-1)).toBe(`checkpoint ${result.step}`);
  expect(warnings(events)).toEqual([
    expect.stringMatching(/^The run ends after update \d, since its time of .* hours is used up\.$/),
  ]);
  await expect(run('none', tinyTeacher(runs.engine), { limits: { bytes: 0 }, config: { updates: 9 } })).rejects.toThrow(
    'limit of bytes',
  );
});
