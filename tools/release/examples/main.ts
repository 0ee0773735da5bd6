#!/usr/bin/env node
// Checks the types of every example in the documentation and runs it, so that all stay true:
//   npm run examples [-- <part of the name of a file>]
// An example is a module by itself and prints exactly the lines of its comments `// → …`, where `…` stands for any text.
// A block that cannot run begins with ```ts no-run: <why>; its types are checked all the same.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyExamples } from './verify';
import { collectExamples } from './collect';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const wanted = process.argv[2] ?? '';
const examples = collectExamples(root).filter(({ file }) => file.includes(wanted));
const problems = await verifyExamples(examples, root);
for (const { file, line, message } of problems) console.error(`${file}:${line}: ${message}`);

const notRun = examples.filter(({ noRun }) => noRun !== undefined);
for (const { file, line, noRun } of notRun) console.log(`not run: ${file}:${line}: ${noRun}`);
console.log(`${examples.length - notRun.length} examples run, ${notRun.length} not run, ${problems.length} problems`);
process.exitCode = problems.length || !examples.length ? 1 : 0;
