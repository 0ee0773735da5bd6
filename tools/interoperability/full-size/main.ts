// Takes models in the layouts of the published ones, with random weights, through all that a user does with one: inspect, sample,
// distil 2 updates, evaluate, convert back, and compare logits with Python's networks. Prints a table. At full size logits are held against
// recorded ones of another network too (record_answers.py), without Python.
//   npm run interoperability:full-size [-- --size small|full] [--layouts mdlm-owt,duo] [--python PATH] [--references CLONES]
//     [--text FILE] [--skip STEP] [--work FOLDER]
// Full size takes up to 8 GB of memory, 8 GB of disk and some minutes for each layout: by hand, never in CI. Without --python a virtual
// environment with requirements.txt is made, some GB. CLONES is a folder with clones of the references' repositories, by whose classes
// models are read then too: mdlm (kuleshov-group), duo (s-sahoo), Score-Entropy-Discrete-Diffusion (louaaron).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pythonWith } from '../python.mjs';
import { LAYOUTS, SIZES, type SizeName } from './layouts';
import { ownText } from './own-text';
import { type StepResult, runWorkflow } from './workflow';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'small' },
    layouts: { type: 'string', default: Object.keys(LAYOUTS).join(',') },
    python: { type: 'string' },
    references: { type: 'string' },
    text: { type: 'string' },
    skip: { type: 'string', multiple: true, default: [] },
    work: { type: 'string' },
  },
});

const size = options.size as SizeName;
if (!Object.hasOwn(SIZES, size)) throw new Error(`--size is ${Object.keys(SIZES).join(' or ')}; ${size} was given.`);
const names = options.layouts.split(',');
const unknown = names.find((name) => !Object.hasOwn(LAYOUTS, name));
if (unknown !== undefined)
  throw new Error(`There is no layout ${unknown}; there are ${Object.keys(LAYOUTS).join(', ')}.`);

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (name: string, { step, seconds, processor, megabytes, verdict, failed }: StepResult): string =>
  `| ${name} | ${step} | ${seconds.toFixed(1)} | ${processor?.toFixed(1) ?? ''} | ${megabytes?.toFixed(0) ?? ''} | ${failed ? 'FAILED: ' : ''}${cell(verdict)} |`;

const work = mkdtempSync(join(options.work ?? tmpdir(), 'full-size-'));
let failures = 0;
try {
  const python = pythonWith(join(import.meta.dirname, 'requirements.txt'), work, options.python);
  const text = options.text ? resolve(options.text) : join(work, 'own.txt');
  if (!options.text) writeFileSync(text, ownText());
  console.log(
    '| layout | step | seconds | processor, seconds | peak, MB | verdict |\n| --- | --- | --- | --- | --- | --- |',
  );
  for (const name of names) {
    const folder = mkdtempSync(join(work, 'layout-'));
    const shared = { size, work: folder, text, python, references: options.references && resolve(options.references) };
    await runWorkflow({ name, layout: LAYOUTS[name]!, skip: options.skip, ...shared }, (result) => {
      failures += Number(result.failed ?? false);
      console.log(row(name, result));
    });
    rmSync(folder, { recursive: true });
  }
} finally {
  rmSync(work, { recursive: true });
}
if (failures) {
  console.error(`${failures} steps failed.`);
  process.exitCode = 1;
}
