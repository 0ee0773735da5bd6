// Takes a package that registers one of each kind of choice through every command, from packed tarballs in a folder of its own.
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the package, to be packed and installed with the others. */
export const OWN_PACKAGE = join(dirname(fileURLToPath(import.meta.url)), 'package');

const WORDS = ['the', 'and', 'dog', 'quick', 'fox', 'lazy'];
/** What models write: six words, or what stands for others. */
const WRITTEN = new RegExp(`^((${WORDS.join('|')}|\\?)( |$)){6}`);
const TEXT = 'The quick fox and the lazy dog and the quick dog. '.repeat(60);

const choice = (name, options = {}) => ({ name, options });
const optimizer = { method: choice('momentum', { kept: 0.5 }), learningRate: 0.02 };

/** The configuration of all commands, as JSON, which YAML reads. */
const config = {
  imports: ['@me/parts'],
  engine: { name: 'wasm' },
  family: choice('unweighted', { schedule: 'late' }),
  data: { corpus: 'text.txt', length: 6, tokenizer: choice('common-words', { size: WORDS.length }) },
  model: { network: choice('neighbours', { width: 8 }) },
  teacher: { updates: 8, batch: 4, optimizer, validation: null },
  distillation: {
    objective: choice('halved', { relaxation: 'sharp' }),
    ...{ updates: 4, batch: 4, student: optimizer, fake: optimizer, guard: null },
  },
  scorers: { nGramOrder: 3, judges: ['repeats'] },
  sampling: { sampler: 'plain', steps: 3 },
  evaluation: { samples: 8, teacherSteps: [1, 4], studentSteps: [2], compareAt: 4 },
  checkpoints: { every: 2 },
  logs: { every: 1, samplesEvery: null },
};

/** The commands, as a user has them who has installed the packages into a project. */
function commandsOf(project, folder) {
  const bin = join(project, 'node_modules/.bin/idlm');
  // On Windows that is a script for shells; what it runs is run here.
  const [program, before] =
    process.platform === 'win32'
      ? [process.execPath, [join(project, 'node_modules/@idlm/cli/bin/idlm.mjs')]]
      : [bin, []];
  const idlm = (argv, more = {}) =>
    spawnSync(program, [...before, ...argv], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...more },
    });
  const json = (...path) => JSON.parse(readFileSync(join(folder, ...path), 'utf8'));
  /** What a command writes that is to succeed. */
  const run = (...argv) => {
    const { status, stdout, stderr } = idlm(argv);
    strictEqual(status, 0, `idlm ${argv.join(' ')}: ${stderr}`);
    return stdout;
  };
  /** What a command says that is to be refused. */
  const refused = (...argv) => {
    const { status, stderr } = idlm(argv);
    strictEqual(status, 2, `idlm ${argv.join(' ')} must be refused: ${stderr}`);
    return stderr;
  };
  return { idlm, json, run, refused };
}

/** The bytes of all files of a checkpoint but what tells when it was written. */
const bytesOf = (folder) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));

/** Training, a power cut on the way, and going on. */
function checkTraining({ idlm, json, run }, folder) {
  run('train', '--out', 'teacher');
  const saved = ['teacher', 'checkpoints', 'step-8'];
  const { family, model_type, network, idlm: origin } = json(...saved, 'config.json');
  deepStrictEqual([family, model_type], [config.family, 'neighbours']);
  deepStrictEqual([network.width, network.vocabSize, origin.imports], [8, WORDS.length + 2, ['@me/parts']]);
  deepStrictEqual(json(...saved, 'tokenizer.json'), { words: WORDS });
  strictEqual(json(...saved, 'tokenizer_config.json').idlm.kind, 'common-words');
  const [imported] = json('teacher', 'manifest.json').imports;
  match(imported.sha256, /^[0-9a-f]{64}$/);
  strictEqual(imported.specifier, '@me/parts');
  deepStrictEqual(json('teacher', 'config.resolved.json').teacher.optimizer.method, optimizer.method);

  const cut = idlm(['train', '--out', 'cut'], { ME_POWER_CUT: '6' });
  strictEqual(cut.signal ?? cut.status, cut.signal ? 'SIGKILL' : 137, cut.stderr);
  run('train', '--out', 'cut', '--resume');
  const [whole, resumed] = ['teacher', 'cut'].map((name) => bytesOf(join(folder, name, 'checkpoints', 'step-8')));
  deepStrictEqual(Object.keys(resumed), Object.keys(whole));
  for (const name of Object.keys(whole)) strictEqual(resumed[name], whole[name], `${name} differs after a power cut`);
}

/** A student, its texts, and what judges make of both. */
function checkStudent({ json, run }) {
  run('distill', '--teacher', 'teacher', '--out', 'student');
  const { idlm: origin } = json('student', 'checkpoints', 'step-4', 'config.json');
  deepStrictEqual([origin.role, origin.made.objective], ['student', config.distillation.objective]);
  const texts = run('sample', '--model', 'student', '--count', '3', '--seed', '2').trimEnd().split('\n');
  strictEqual(texts.length, 3);
  for (const text of texts) match(text, WRITTEN);

  run('eval', '--teacher', 'teacher', '--student', 'student', '--out', 'eval');
  const { sampler, imports, models, rows, config: read } = json('eval', 'manifest.json');
  deepStrictEqual([sampler.name, imports[0].specifier], ['plain', '@me/parts']);
  deepStrictEqual(models.student.family, config.family);
  deepStrictEqual(read.scorers.judges, [choice('repeats')]);
  for (const { perplexity } of rows) deepStrictEqual(Object.keys(perplexity), ['n-gram', 'repeats']);
  match(run('reproduce', 'eval'), /all numbers of 3 rows are reproduced/);

  run(
    'compare',
    '--objectives',
    'halved,continued-training',
    '--seeds',
    '1',
    '--teacher',
    'teacher',
    '--out',
    'compared',
  );
  const arms = json('compared', 'report.json').summaries.map(({ arm }) => arm);
  deepStrictEqual([...new Set(arms)].sort(), ['continued-training', 'halved', 'teacher']);
}

/** A process of its own, under which the same network is trained, distilled, sampled and judged. */
function checkProcess({ json, run }, folder) {
  const family = choice('mixed', { masks: 0.4, schedule: 'late' });
  writeFileSync(join(folder, 'mixed.yaml'), JSON.stringify({ ...config, family }));
  const mixed = ['--config', 'mixed.yaml'];
  run('train', '--out', 'mixed-teacher', ...mixed);
  run('distill', '--teacher', 'mixed-teacher', '--out', 'mixed-student', ...mixed);
  deepStrictEqual(json('mixed-student', 'checkpoints', 'step-4', 'config.json').family, family);
  const texts = run('sample', '--model', 'mixed-student', '--count', '2', '--seed', '2', ...mixed)
    .trimEnd()
    .split('\n');
  strictEqual(texts.length, 2);
  for (const text of texts) match(text, WRITTEN);

  run('eval', '--teacher', 'mixed-teacher', '--student', 'mixed-student', '--out', 'mixed', ...mixed);
  const { models, rows, bounds } = json('mixed', 'manifest.json');
  deepStrictEqual(models.teacher.family, family);
  // Every token may change at every step, and once more at the end: no call can be left out.
  deepStrictEqual(
    rows.map(({ model, steps, networkCalls }) => [model, steps, networkCalls]),
    [
      ['teacher', 1, 2],
      ['teacher', 4, 5],
      ['student', 2, 3],
    ],
  );
  const { nll, standardError } = bounds.teacher;
  ok(nll > 0 && nll < 2 * Math.log(WORDS.length + 1), `a bound of ${nll} ± ${standardError} nats`);
  match(run('reproduce', 'mixed'), /all numbers of 3 rows are reproduced/);
}

/** What is said where the package is not imported, or registers its choices where nobody looks. */
function checkRefusals({ refused, run }, folder) {
  writeFileSync(join(folder, 'bare.yaml'), JSON.stringify({ engine: config.engine }));
  const sampling = ['sample', '--model', 'student', '--config', 'bare.yaml', '--count', '1'];
  match(refused(...sampling), /^error: .*neighbours.*--import @me\/parts\)\.\n$/);
  run(...sampling, '--import', '@me/parts');
  match(
    refused(...sampling, '--import', '@me/parts', '--import', '@me/parts/required'),
    /^error: imports: @me\/parts\/required loads a second @idlm\/samplers by require, .* write it as an ES module .*\n$/,
  );
}

/** A program of CommonJS has other copies of the packages than the modules that it would import: it is told so. */
function checkRequired(folder) {
  const program = `require('@idlm/recipe/config').loadConfig('idlm.yaml').catch(({ message, exitCode }) => console.log(exitCode, message));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: folder, encoding: 'utf8' });
  match(stdout, /^2 imports: .*@idlm\/recipe was loaded by require.*load it by import\.\n$/, stderr);
}

/**
 * Runs all commands in a folder of a project that has the packages and `OWN_PACKAGE` installed.
 * @throws Error naming what is not as it should be
 */
export function checkOwnParts(project) {
  const folder = join(project, 'own-parts');
  mkdirSync(folder);
  cpSync(join(project, 'package.json'), join(folder, 'package.json'));
  writeFileSync(join(folder, 'text.txt'), TEXT);
  writeFileSync(join(folder, 'idlm.yaml'), JSON.stringify(config, null, 2));
  const commands = commandsOf(project, folder);
  checkTraining(commands, folder);
  checkStudent(commands);
  checkProcess(commands, folder);
  checkRefusals(commands, folder);
  checkRequired(folder);
  rmSync(folder, { recursive: true });
  console.log(
    'a package of own parts is trained, cut off, resumed, distilled, sampled, judged, compared and reproduced, a process of its own among them',
  );
}
