#!/usr/bin/env node
// Makes the pair of models that comes with the command again, from its text to bfloat16: npm run pair -- --out runs/pair
// One that was interrupted goes on when it is started again; --teacher-updates and --student-updates say how long to train.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { npmProgram } from '../npm.mjs';
import { TEXT, requireText, sentencesOf } from './sentences.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/pair' },
    'teacher-updates': { type: 'string' },
    'student-updates': { type: 'string' },
  },
});
const out = resolve(values.out);
const [text, recipe] = [join(out, 'sentences.txt'), join(root, 'packages/cli/assets/pair/recipe.yaml')];

/** Runs a program with its output shown, and ends with its exit code if that is not 0. */
function run(program, args) {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 130);
}

/** A command of idlm on the pair's recipe; one that writes a run goes on with it. */
function idlm(command, ...args) {
  run(process.execPath, [join(root, 'packages/cli/bin/idlm.mjs'), command, ...args]);
}

/** How many updates a section is to make, if not as many as the recipe says. */
const updates = (section, given) => (given === undefined ? [] : ['--set', `${section}.updates=${given}`]);

const configured = ['--config', recipe, '--set', `data.corpus=${text}`];
const written = (name) => ['--out', join(out, name), ...(existsSync(join(out, name)) ? ['--resume'] : [])];
const [teacher, student] = ['teacher', 'student'].map((name) => join(out, name));

mkdirSync(out, { recursive: true });
if (!existsSync(text)) {
  const [program, before] = npmProgram();
  run(program, [
    ...before,
    'install',
    '--prefix',
    out,
    '--no-save',
    '--no-audit',
    '--ignore-scripts',
    ...TEXT.packages,
  ]);
  writeFileSync(text, sentencesOf(join(out, 'node_modules')));
}
// Also one that was there: an interrupt may have cut it.
requireText(readFileSync(text, 'utf8'));
idlm('train', ...configured, ...updates('teacher', values['teacher-updates']), ...written('teacher'));
const distilled = ['--teacher', teacher, ...configured, ...updates('distillation', values['student-updates'])];
idlm('distill', ...distilled, ...written('student'));
idlm('eval', '--teacher', teacher, '--student', student, ...configured, '--out', join(out, 'eval'));
for (const role of ['teacher', 'student']) {
  const folder = join(out, 'pair', role);
  idlm('convert', join(out, role), folder, '--dtype', 'bf16', '--force');
  copyFileSync(join(dirname(recipe), role, 'generation_config.json'), join(folder, 'generation_config.json'));
}
