// How fast text becomes GPT-2's ids: ours, other libraries of JavaScript, and Python's `tokenizers` on the same text, in turn; then a whole text
// prepared as files of tokens in threads beside Python with as many. Processor time is what repeats on a busy machine.
//   npm run bench:tokenizers [-- --megabytes 8] [--rounds 3] [--threads 2] [--python PATH, of an interpreter with tokenizers]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gpt2Tokenizer, openCorpus, tokenizerFiles, writeShards } from '@idlm/data';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { encode as encodeByGptTokenizer } from 'gpt-tokenizer/encoding/r50k_base';
import { median } from './median';
import { writeMixedText } from './mixed-text';

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
  },
});

/** What one pass over the text took, and found. */
interface Pass {
  readonly seconds: number;
  readonly cpu: number;
  readonly tokens: number;
  readonly sha256?: string;
}

/** Seconds, by the clock and of the processor, that some work takes. */
async function timed(work: () => Promise<number> | number): Promise<Pass> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const tokens = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6, tokens };
}

/** Ids of all lines by one of the encoders, with their hash. */
async function encodeLines(lines: readonly string[], encode: (line: string) => ArrayLike<number>): Promise<Pass> {
  const found: ArrayLike<number>[] = [];
  const pass = await timed(() => {
    for (const line of lines) found.push(encode(line));
    return found.reduce((sum, { length }) => sum + length, 0);
  });
  const hash = createHash('sha256');
  for (const ids of found) hash.update(Buffer.from(Int32Array.from(ids).buffer));
  return { ...pass, sha256: hash.digest('hex') };
}

function encodeInPython(python: string, tokenizer: string, text: string, threads: number): Pass {
  const script = join(import.meta.dirname, 'tokenizers', 'python.py');
  const env = { ...process.env, RAYON_NUM_THREADS: String(threads), TOKENIZERS_PARALLELISM: String(threads > 1) };
  const { stdout, stderr, status } = spawnSync(python, [script, tokenizer, text], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Pass;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenizers-'));
  try {
    const [text, vocabulary] = [join(folder, 'text.txt'), join(folder, 'tokenizer.json')];
    await writeMixedText(text, Number(options.megabytes));
    const lines = readFileSync(text, 'utf8').split('\n');
    const megabytes = readFileSync(text).length / 1e6;
    const tokenizer = await gpt2Tokenizer();
    writeFileSync(vocabulary, tokenizerFiles(tokenizer)['tokenizer.json']);
    const library = new Library(JSON.parse(readFileSync(vocabulary, 'utf8')) as object, {});
    const { python } = options;
    const threads = Number(options.threads);
    const programs: Record<string, () => Promise<Pass> | Pass> = {
      ours: () => encodeLines(lines, tokenizer.encode),
      'gpt-tokenizer': () => encodeLines(lines, (line) => encodeByGptTokenizer(line)),
      '@huggingface/tokenizers': () =>
        encodeLines(lines, (line) => library.encode(line, { add_special_tokens: false }).ids),
      ...(python ? { 'Python, 1 thread': () => encodeInPython(python, vocabulary, text, 1) } : {}),
      [`prepare, ${threads} threads`]: async () => {
        const out = join(folder, 'prepared');
        const source = await openCorpus({ path: text });
        const pass = await timed(async () => {
          const { facts } = await writeShards({ source, tokenizer, layout: 'packed', length: 1024, out, threads });
          return facts.tokens;
        });
        rmSync(out, { recursive: true });
        return pass;
      },
      ...(python ? { [`Python, ${threads} threads`]: () => encodeInPython(python, vocabulary, text, threads) } : {}),
    };
    const passes = new Map<string, Pass[]>();
    for (let round = 0; round < Number(options.rounds); round++)
      for (const [name, run] of Object.entries(programs)) passes.set(name, [...(passes.get(name) ?? []), await run()]);
    console.log(`${megabytes.toFixed(1)} MB, ${lines.length} lines; medians of ${options.rounds} rounds\n`);
    console.log('| by | MB per second | MB per second of processor time | ids |\n| --- | --- | --- | --- |');
    const expected = passes.get('ours')![0]!.sha256;
    for (const [name, found] of passes) {
      const rate = (of: (pass: Pass) => number) => median(found.map((pass) => megabytes / of(pass))).toFixed(2);
      const ids = found[0]!.sha256 === undefined ? '' : found[0]!.sha256 === expected ? 'the same' : 'others';
      console.log(`| ${name} | ${rate(({ seconds }) => seconds)} | ${rate(({ cpu }) => cpu)} | ${ids} |`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
