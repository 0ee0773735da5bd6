import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { diskCheckpointStore } from '@idlm/trainer';
import type { Fault } from './fault';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Seconds that a scheduler waits at least between its notice and the end. */
const GRACE = 30;

const linesOf = async (path: string): Promise<number> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').length - 1;

/** The command that a user runs, on a small model. */
function trainByCommand(out: string, text: string) {
  const settings = [
    `data.corpus=${text}`,
    'teacher.updates=1000000',
    'checkpoints.every=1000000',
    'logs.every=1',
    'logs.samplesEvery=null',
  ];
  const sizes = [
    'model.hidden=16',
    'model.blocks=1',
    'model.heads=2',
    'model.cond=4',
    'data.length=8',
    'teacher.batch=4',
    'teacher.validation=null',
  ];
  const set = [...settings, ...sizes].flatMap((setting) => ['--set', setting]);
  const source = ['--conditions=@idlm/source', '--import', 'tsx', join(root, 'packages/cli/src/main.ts')];
  const argv = [...source, 'train', '--engine', 'wasm', '--out', out, '--quiet', ...set];
  return spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The signals that end jobs: all is saved within the grace of a scheduler, and the exit code says that it was interrupted. */
export const signals: Fault = {
  name: 'signal',
  what: 'SIGTERM, SIGINT or SIGUSR1 during idlm train, which has 30 seconds to save and end',
  times: 12,
  // It starts the whole command, which takes longer than all others together.
  timesInShort: 0,
  async run({ folder, times, random }) {
    const text = join(folder, 'text.txt');
    await writeFile(text, 'the quick brown fox jumps over the lazy dog '.repeat(40));
    const lost: string[] = [];
    let slowest = 0;
    for (let i = 0; i < times; i++) {
      const out = join(folder, `run-${i}`);
      const signal = (['SIGUSR1', 'SIGTERM', 'SIGINT'] as const)[i % 3]!;
      const child = trainByCommand(out, text);
      const exit = once(child, 'exit');
      while ((await linesOf(join(out, 'metrics.jsonl'))) < 3 && child.exitCode === null) await wait(5);
      await wait(100 * random());
      const began = performance.now();
      child.kill(signal);
      const [code] = (await exit) as [number | null];
      const seconds = (performance.now() - began) / 1000;
      slowest = Math.max(slowest, seconds);
      const updates = await linesOf(join(out, 'metrics.jsonl'));
      const { checkpoint } = await diskCheckpointStore(join(out, 'checkpoints')).latest();
      if (code !== 130) lost.push(`${signal} ended it with code ${code}.`);
      if (seconds > GRACE) lost.push(`${signal} took ${seconds.toFixed(1)} s.`);
      if (checkpoint?.step !== updates) lost.push(`${signal} after update ${updates} saved step ${checkpoint?.step}.`);
    }
    return { tried: times, lost, note: `at most ${slowest.toFixed(1)} s` };
  },
};
