import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout, SizeName } from './layouts';
import { SIZES } from './layouts';
import { type Ended, measure } from './measure';
import { writeModel } from './write-model';

const ROOT = join(import.meta.dirname, '../../..');
const SOURCE = ['--conditions=@idlm/source', '--import', 'tsx'];

/** Most that logits may differ from those of Python's networks, as a share of their root mean square. */
const MOST = 1e-4;

/** What a step of a walk took, and what it came to. */
export interface StepResult {
  readonly step: string;
  readonly seconds: number;
  readonly megabytes: number | undefined;
  readonly verdict: string;
  readonly failed?: boolean;
}

/** What a walk is given. */
export interface Walk {
  readonly name: string;
  readonly layout: Layout;
  readonly size: SizeName;
  /** An empty folder, of which the walk leaves nothing. */
  readonly work: string;
  /** A text of the user's. */
  readonly text: string;
  /** Undefined where there is none. */
  readonly python: string | undefined;
  /** Folder with clones of the references' repositories; undefined where there are none. */
  readonly references: string | undefined;
  /** Steps that are left out. */
  readonly skip: readonly string[];
}

/** The last line that a command said, which is why it failed. */
const lastLine = ({ err }: Ended): string =>
  err
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('Node.js'))
    .at(-1) ?? '';

const megabytes = (path: string): string => `${(statSync(path).size / 1e6).toFixed(0)} MB`;

/**
 * Takes a published model of random weights through everything that a user does with one.
 * @param report hears of each step as it ends
 */
export async function walk(asked: Walk, report: (result: StepResult) => void): Promise<void> {
  const { name, layout, size, work, text, python, references } = asked;
  const sizes = (size === 'full' && layout.full) || SIZES[size];
  const [folder, student] = [join(work, name), join(work, 'runs/student')];
  const model = layout.isCheckpoint ? join(work, 'last.ckpt') : folder;
  const [back, files] = [join(work, 'back'), { before: join(work, 'before'), after: join(work, 'after') }];
  const tokenizer = ['--tokenizer', 'gpt2'];
  const family = layout.family ?? layout.reference;
  const known = layout.family ? ['--family', layout.family] : [];
  const set = (...fields: string[]) => fields.flatMap((field) => ['--set', field]);
  const toRead = layout.family ? set(`family.name=${layout.family}`) : [];

  /** Runs a step and reports it. @param judge says what came of it; throws where that is not what it should be */
  const step = async (title: string, act: () => Promise<Ended>, judge: (ended: Ended) => string) => {
    if (asked.skip.includes(title)) return;
    const ended = await act();
    const told = { step: title, seconds: ended.seconds, megabytes: ended.megabytes };
    try {
      if (ended.code !== 0) throw new Error(`code ${ended.code}: ${lastLine(ended)}`);
      report({ ...told, verdict: judge(ended) });
    } catch (error) {
      report({ ...told, verdict: (error as Error).message, failed: true });
    }
  };
  const idlm = (...argv: string[]) => measure(process.execPath, ['packages/cli/bin/idlm.mjs', ...argv], { cwd: ROOT });
  const script = (file: string, ...argv: string[]) =>
    measure(process.execPath, [...SOURCE, join(import.meta.dirname, file), ...argv], { cwd: ROOT });
  /** Compares logits in Python, which counts its own memory. */
  const compare = async (path: string, answers: string, auto: boolean): Promise<Ended> => {
    const flags = [...(references ? ['--references', references] : []), ...(auto ? ['--auto'] : [])];
    const fields = layout.isCheckpoint && path === model ? ['--fields', join(folder, 'config.json')] : [];
    const argv = [join(import.meta.dirname, 'check.py'), path, answers, layout.reference, ...flags, ...fields];
    const env = { HF_HUB_OFFLINE: '1', HF_HOME: join(work, 'hub'), HF_HUB_DISABLE_PROGRESS_BARS: '1' };
    const ended = await measure(python!, argv, { cwd: ROOT, env });
    return ended.code === 0
      ? { ...ended, megabytes: (JSON.parse(ended.out) as { megabytes: number }).megabytes }
      : ended;
  };
  const judgeErrors = ({ out }: Ended): string => {
    const { errors } = JSON.parse(out) as { errors: Readonly<Record<string, number>> };
    const told = Object.entries(errors).map(([name, error]) => `${name}: ${error.toExponential(1)}`);
    if (!Object.values(errors).every((error) => error <= MOST))
      throw new Error(`more than ${MOST}: ${told.join(', ')}`);
    return told.join(', ');
  };

  const started = performance.now();
  const count = await writeModel(folder, layout, sizes);
  if (layout.isCheckpoint) {
    const argv = [join(import.meta.dirname, 'write_checkpoint.py'), folder, model, layout.reference];
    const { code, err } = await measure(python!, argv, { cwd: ROOT });
    if (code !== 0) throw new Error(`write_checkpoint.py: ${err.trim().split('\n').at(-1)}`);
    await rm(join(folder, 'model.safetensors'));
  }
  const seconds = (performance.now() - started) / 1000;
  report({ step: 'make', seconds, megabytes: undefined, verdict: `${count.toLocaleString('en')} numbers` });

  await step(
    'inspect',
    () => idlm('inspect', model, '--json', ...known),
    ({ out }) => {
      const { type, mask } = JSON.parse(out) as { type: string; mask: number | null };
      if ((mask === null) !== (family === 'duo' || layout.rows === 50257)) throw new Error(`the mask is ${mask}`);
      return `of type ${type}, ${mask === null ? 'no mask' : `mask ${mask}`}`;
    },
  );
  const writes = ({ out }: Ended) => {
    const { networkCalls, text } = JSON.parse(out) as { networkCalls: number; text: string };
    if (!text) throw new Error('no text');
    return `${text.length} characters${networkCalls ? ` in ${networkCalls} calls` : ''}`;
  };
  const sampling = ['--count', '1', '--steps', '4', '--json'];
  await step('sample', () => idlm('sample', '--model', model, ...tokenizer, ...sampling, ...toRead), writes);
  await step(
    'distil, 2 updates',
    () => {
      const updates = set('distillation.updates=2', 'distillation.batch=1', 'distillation.accumulate=1');
      const argv = ['--teacher', model, '--out', student, ...tokenizer, '--preset', layout.preset, ...updates];
      return idlm('distill', ...argv, ...set(`data.corpus=${text}`, 'logs.samplesEvery=null'), '--json');
    },
    ({ out }) => {
      const { step, model } = JSON.parse(out) as { step: number; model: string };
      return `${step} updates, ${megabytes(join(model, 'model.safetensors'))}`;
    },
  );
  await step(
    'eval of both',
    () => {
      const sweep = set('evaluation.samples=2', 'evaluation.teacherSteps=[2]', 'evaluation.studentSteps=[1]');
      const argv = ['--teacher', model, '--student', student, '--out', join(work, 'runs/eval'), ...tokenizer];
      return idlm('eval', ...argv, ...sweep, ...set('evaluation.compareAt=2'), ...toRead, '--json');
    },
    ({ out }) => {
      const { match } = JSON.parse(out) as { match: Readonly<Record<'teacher' | 'student', { entropy: number }>> };
      return `entropy ${match.teacher.entropy.toFixed(2)} and ${match.student.entropy.toFixed(2)}`;
    },
  );
  await step('sample of the student', () => idlm('sample', '--model', student, ...sampling), writes);
  await step(
    'convert back',
    () => idlm('convert', student, back, '--layout', layout.reference, '--transformers'),
    () => megabytes(join(back, 'model.safetensors')),
  );
  const numbers = () => 'written';
  await step('logits of the model', () => script('logits.ts', model, files.before, ...known), numbers);
  await step('logits of the student', () => script('logits.ts', back, files.after), numbers);
  if (!python) return;
  if (references)
    await step('the model in the class of its reference', () => compare(model, files.before, false), judgeErrors);
  await step('the student in Python', () => compare(back, files.after, true), judgeErrors);
}
