// What ONNX Runtime is worth for one text of the student that comes with idlm, whole processes of `idlm sample --count 1` in turn, and how near its
// ONNX files are to the engine with each kind of weights (`idlm export --check`).
//   npm run build && npm run bench:onnx [-- --rounds 5]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Agreement, ONNX_WEIGHTS } from '@idlm/onnx';
import { median } from './median';
import { type ProcessUse, measureNode } from './process-use';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });

const COMMAND = 'packages/cli/dist/main.js';
const STUDENT = 'packages/cli/assets/pair/student';

/** Settings of `idlm sample`, by the runtime that it is to say it has run. */
const RUNTIMES = {
  native: ['--engine', 'native'],
  wasm: ['--engine', 'wasm'],
  onnx: ['--set', 'sampling.runtime=onnx'],
} as const;

type RuntimeName = keyof typeof RUNTIMES;

/** One text. @throws Error unless the runtime is the one that is meant, and the text that of the first run */
async function writeOne(runtime: RuntimeName, first?: string): Promise<ProcessUse & { readonly text: string }> {
  const command = [COMMAND, 'sample', '--count', '1', '--seed', '1', '--json', ...RUNTIMES[runtime]];
  const use = await measureNode(command);
  const { runtime: ran, text } = JSON.parse(use.out) as { runtime: string; text: string };
  if (ran !== runtime) throw new Error(`${runtime} was to run, and ${ran} did`);
  if (text !== (first ?? text)) throw new Error(`${runtime} wrote another text`);
  return { ...use, text };
}

async function printSampling(): Promise<void> {
  const names = Object.keys(RUNTIMES) as RuntimeName[];
  // Not counted: it brings the files into the system's cache.
  const { text } = await writeOne('native');
  for (const name of names) await writeOne(name, text);
  const found = new Map<RuntimeName, ProcessUse[]>(names.map((name) => [name, []]));
  for (let round = 0; round < Number(options.rounds); round++)
    for (const name of names) found.get(name)!.push(await writeOne(name, text));
  console.log('| runtime | time | processor time, median | from to | peak memory |\n| --- | --- | --- | --- | --- |');
  for (const [name, uses] of found) {
    const cpu = uses.map((use) => use.cpu);
    const range = `${Math.min(...cpu).toFixed(2)} to ${Math.max(...cpu).toFixed(2)} s`;
    const [wall, peak] = [median(uses.map((use) => use.seconds)), median(uses.map((use) => use.peak))];
    console.log(
      `| ${name} | ${wall.toFixed(2)} s | ${median(cpu).toFixed(2)} s | ${range} | ${Math.round(peak / 1e6)} MB |`,
    );
  }
}

async function printWeights(folder: string): Promise<void> {
  console.log(
    '\n| weights | file | largest difference | KL, nats, mean | worst | same token |\n| --- | --- | --- | --- | --- | --- |',
  );
  for (const weights of ONNX_WEIGHTS) {
    const file = join(folder, `${weights}.onnx`);
    const { out } = await measureNode([COMMAND, 'export', STUDENT, file, '--weights', weights, '--check', '--json']);
    const { agreement } = JSON.parse(out) as { agreement: Agreement };
    const { largest, divergence, greedy } = agreement;
    const numbers = [largest, divergence.mean, divergence.worst].map((value) => value.toExponential(0)).join(' | ');
    const size = (statSync(file).size / 1e6).toFixed(1);
    console.log(`| ${weights} | ${size} MB | ${numbers} | ${(100 * greedy).toFixed(1)} % |`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'onnx-'));
try {
  await printSampling();
  await printWeights(folder);
} finally {
  rmSync(folder, { recursive: true });
}
