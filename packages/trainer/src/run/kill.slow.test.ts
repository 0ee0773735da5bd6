import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { type Bundle, bundleOf } from '@idlm/tools/bundles';
import { runFolder } from '../../test/run-folder';
import { bytesOf, tinyTask, trainIn } from '../../test/train';
import { diskCheckpointStore } from '../checkpoints/disk-store';

const runs = runFolder();
const { at } = runs;

let [saves, training]: Bundle[] = [];
beforeAll(() => {
  [saves, training] = ['saves', 'training'].map((name) => bundleOf(join(__dirname, `../../test/endless-${name}.ts`)));
});
afterAll(() => [saves, training].forEach((bundle) => bundle?.remove()));

/** Starts a script, and kills it `delay` milliseconds after it has printed `lines` lines. */
async function runAndKill(script: Bundle, args: readonly string[], lines: number, delay: number): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [script.program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  let seen = 0;
  for await (const _ of createInterface({ input: child.stdout! })) if (++seen === lines) break;
  await wait(delay);
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect(seen).toBe(lines);
}

describe('kill -9', () => {
  it('while saving always leaves a whole checkpoint, and nothing half-made after the next start', async () => {
    const folder = at('saves');
    for (const delay of [0, 1, 2, 4, 7, 11]) {
      await runAndKill(saves!, [folder], 3, delay);
      const store = diskCheckpointStore(folder);
      const { checkpoint, skipped } = await store.latest();
      expect(skipped).toEqual([]);
      for (const name of ['a', 'b', 'c']) {
        const bytes = await store.read(checkpoint!, name);
        expect(bytes).toHaveLength(200_000);
        expect(bytes.every((byte) => byte === checkpoint!.step % 256)).toBe(true);
      }
      await store.clean();
      expect((await readdir(folder)).filter((name) => name.includes('.tmp-'))).toEqual([]);
    }
  });

  it('while training loses no more than the updates after the last checkpoint: the rest is byte for byte the same', async () => {
    const [whole, killed] = [at('whole'), at('killed')];
    await runAndKill(training!, [killed, 'distillation'], 3, 3);
    await appendFile(join(killed, 'metrics.jsonl'), '{"step":9999,"stu');
    const { checkpoint } = await diskCheckpointStore(join(killed, 'checkpoints')).latest();
    const updates = checkpoint!.step + 3;
    for (const [path, resume] of [[whole], [killed, 'latest']] as const) {
      const task = tinyTask(runs.engine, 'distillation');
      await trainIn(path, task, { resume, config: { updates, checkpointEvery: 100 } });
      task.dispose();
    }
    const [expected, actual] = [await bytesOf(whole, updates), await bytesOf(killed, updates)];
    expect(Object.keys(expected)).toContain(join(`checkpoints/step-${updates}`, 'fake.second.safetensors'));
    expect(actual).toEqual(expected);
  });
});
