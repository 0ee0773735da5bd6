import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Ask, readToEnd } from './load';

/** A server in a process of its own. */
export interface Server {
  readonly name: string;
  readonly ask: Ask;
  /** Seconds of the processor that it has taken so far, on all its threads: what other work on the machine disturbs less. */
  processorSeconds(): number;
  /** Most memory that it has taken so far, in bytes. */
  peak(): number;
  stop(): Promise<void>;
}

/** What is asked for. */
export interface Texts {
  /** Folder of the model. */
  readonly model: string;
  /** Prompts as token ids; requests take them in turn. */
  readonly prompts: readonly (readonly number[])[];
  readonly steps: number;
  readonly temperature: number;
}

const ROOT = join(import.meta.dirname, '../..');

/** A port that is free. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Most memory of a process, as Linux tells it. */
function peakOf({ pid }: ChildProcess): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return 1024 * Number(kilobytes);
}

/** Linux counts processor time in hundredths of a second. */
const TICKS = 100;

/** Processor time of a process, as Linux tells it: the 14th and 15th of its numbers, behind its name in brackets. */
function processorSecondsOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(numbers[11]) + Number(numbers[12])) / TICKS;
}

/** Starts a server, and waits until it answers. */
async function started(
  name: string,
  command: string,
  argv: readonly string[],
  requestOf: (base: string, prompt: readonly number[]) => [url: string, body: object],
  { prompts }: Texts,
  port: number,
  isWhole: (end: string) => boolean,
): Promise<Server> {
  const child = spawn(command, argv, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  let asked = 0;
  const ask: Ask = async (signal, onFirst) => {
    const [url, body] = requestOf(`http://127.0.0.1:${port}`, prompts[asked++ % prompts.length]!);
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    };
    const end = await readToEnd(await fetch(url, init), onFirst);
    if (!isWhole(end)) throw new Error(`${name} ended with ${end}`);
  };
  const isUp = async () =>
    ask(new AbortController().signal, () => {}).then(
      () => true,
      () => false,
    );
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`${name} has ended`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    name,
    ask,
    processorSeconds: () => processorSecondsOf(child),
    peak: () => peakOf(child),
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** `idlm serve`, built where it is, else from its sources, which takes more memory. */
export async function ours(texts: Texts): Promise<Server> {
  const port = await freePort();
  const built = join(ROOT, 'packages/cli/dist/main.js');
  const program = existsSync(built)
    ? [built]
    : ['--conditions=@idlm/source', '--import', 'tsx', join(ROOT, 'packages/cli/src/main.ts')];
  const argv = [
    ...program,
    'serve',
    '--quiet',
    '--model',
    `student=${texts.model}`,
    '--port',
    String(port),
    '--max-seconds',
    '600',
  ];
  const { steps, temperature } = texts;
  return started(
    `idlm serve${existsSync(built) ? '' : ', from its sources'}`,
    process.execPath,
    argv,
    (base, prompt) => [`${base}/v1/completions`, { model: 'student', prompt, steps, temperature, stream: true }],
    texts,
    port,
    (end) => end.endsWith('data: [DONE]\n\n'),
  );
}

/** FastAPI and PyTorch, with so many requests sampled together. */
export async function python(texts: Texts, command: string, batch: number): Promise<Server> {
  const port = await freePort();
  const script = join(import.meta.dirname, 'server.py');
  const { model, steps, temperature } = texts;
  return started(
    batch === 1 ? 'FastAPI and PyTorch, each request alone' : `FastAPI and PyTorch, up to ${batch} requests together`,
    command,
    [script, '--model', model, '--port', String(port), '--batch', String(batch)],
    (base, prompt) => [`${base}/frames`, { prompt, steps, temperature }],
    texts,
    port,
    (end) => end.endsWith(']\n\n'),
  );
}
