import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from './layouts';
import { type Ended, measure } from './measure';

const ROOT = join(import.meta.dirname, '../../..');
const SOURCE = ['--conditions=@idlm/source', '--import', 'tsx'];

/** Most that logits may differ from those of Python's networks, as a share of their root mean square; and from recorded ones, of float64. */
const [MOST, MOST_OF_RECORDED] = [1e-4, 1e-5];

/** Entries of the vocabulary of the weights whose answers are recorded. */
const RECORDED_ROWS = 50258;

/** What the steps of a workflow read and write. */
export interface Places {
  readonly work: string;
  /** The model: a folder, or a checkpoint whose configuration lies in the folder. */
  readonly model: string;
  readonly folder: string;
  /** A text of the user's. */
  readonly text: string;
}

/** Something that a user does with a model. */
export interface Step {
  readonly title: string;
  /** The exit code that it ends with (default: 0). */
  readonly code?: number;
  act(): Promise<Ended>;
  /** Says what came of it. @throws Error where that is not what it should be */
  judge(ended: Ended): string;
}

const idlm = (...argv: string[]) => measure(process.execPath, ['packages/cli/bin/idlm.mjs', ...argv], { cwd: ROOT });

const script = (file: string, ...argv: string[]) =>
  measure(process.execPath, [...SOURCE, join(import.meta.dirname, file), ...argv], { cwd: ROOT });

const set = (...fields: string[]) => fields.flatMap((field) => ['--set', field]);

const megabytes = (path: string): string => `${(statSync(path).size / 1e6).toFixed(0)} MB`;

/** What a command printed as JSON, below what the classes of others print. */
const printed = ({ out }: Ended): unknown => JSON.parse(out.slice(out.lastIndexOf('\n{') + 1));

function judgeText(ended: Ended): string {
  const { networkCalls, text } = printed(ended) as { networkCalls: number; text: string };
  if (!text) throw new Error('no text');
  return `${text.length} characters${networkCalls ? ` in ${networkCalls} calls` : ''}`;
}

/** Where what is made of the model lies. */
const madeIn = ({ work }: Places) => ({
  student: join(work, 'runs/student'),
  back: join(work, 'back'),
  before: join(work, 'before'),
  after: join(work, 'after'),
});

const TOKENIZER = ['--tokenizer', 'gpt2'];
const SAMPLING = ['--count', '1', '--steps', '4', '--json'];

/** What a user reads who does not say which family a model is of that its files alone do not tell. */
function refusalSteps({ refusedUntold }: Layout, { model }: Places): Step[] {
  if (refusedUntold === undefined) return [];
  const judge = ({ err }: Ended): string => {
    if (!err.includes(refusedUntold)) throw new Error(`it says: ${err.trim()}`);
    return 'refused by its name';
  };
  const reading = [
    ['inspect', model],
    ['sample', '--model', model, ...TOKENIZER],
  ];
  return reading.map((argv) => ({ title: `${argv[0]}, untold`, code: 2, act: () => idlm(...argv), judge }));
}

/** A look at the model, and a text of it. */
export function readingSteps(layout: Layout, places: Places): Step[] {
  const { model } = places;
  const hasNoMask = (layout.family ?? layout.reference) === 'duo' || layout.rows === 50257;
  const inspected = layout.family ? ['--family', layout.family] : [];
  const sampled = layout.family ? set(`family.name=${layout.family}`) : [];
  return [
    ...refusalSteps(layout, places),
    {
      title: 'inspect',
      act: () => idlm('inspect', model, '--json', ...inspected),
      judge(ended) {
        const { type, mask } = printed(ended) as { type: string; mask: number | null };
        if ((mask === null) !== hasNoMask) throw new Error(`the mask is ${mask}`);
        return `of type ${type}, ${mask === null ? 'no mask' : `mask ${mask}`}`;
      },
    },
    {
      title: 'sample',
      act: () => idlm('sample', '--model', model, ...TOKENIZER, ...SAMPLING, ...sampled),
      judge: judgeText,
    },
  ];
}

/** A student, its numbers and texts, and its weights in the layout of the reference. */
export function studentSteps(layout: Layout, places: Places): Step[] {
  const { model, work, text } = places;
  const { student, back } = madeIn(places);
  return [
    {
      title: 'distil, 2 updates',
      act() {
        const updates = set('distillation.updates=2', 'distillation.batch=1', 'distillation.accumulate=1');
        const argv = ['--teacher', model, '--out', student, ...TOKENIZER, '--preset', layout.preset, ...updates];
        return idlm('distill', ...argv, ...set(`data.corpus=${text}`, 'logs.samplesEvery=null'), '--json');
      },
      judge(ended) {
        const { step, model: written } = printed(ended) as { step: number; model: string };
        return `${step} updates, ${megabytes(join(written, 'model.safetensors'))}`;
      },
    },
    {
      title: 'eval of both',
      act() {
        const sweep = ['samples=2', 'teacherSteps=[2]', 'studentSteps=[1]', 'compareAt=2'];
        const family = layout.family ? [`family.name=${layout.family}`] : [];
        const argv = ['--teacher', model, '--student', student, '--out', join(work, 'runs/eval'), ...TOKENIZER];
        return idlm('eval', ...argv, ...set(...sweep.map((one) => `evaluation.${one}`), ...family), '--json');
      },
      judge(ended) {
        const { match } = printed(ended) as { match: Readonly<Record<'teacher' | 'student', { entropy: number }>> };
        return `entropy ${match.teacher.entropy.toFixed(2)} and ${match.student.entropy.toFixed(2)}`;
      },
    },
    {
      title: 'sample of the student',
      act: () => idlm('sample', '--model', student, ...SAMPLING),
      judge: judgeText,
    },
    {
      title: 'convert back',
      act: () => idlm('convert', student, back, '--layout', layout.reference, '--transformers'),
      judge: () => megabytes(join(back, 'model.safetensors')),
    },
  ];
}

function judgeErrors(ended: Ended, most = MOST): string {
  const { errors } = printed(ended) as { errors: Readonly<Record<string, number>> };
  const told = Object.entries(errors).map(([name, error]) => `${name}: ${error.toExponential(1)}`);
  if (!Object.values(errors).every((error) => error <= most)) throw new Error(`more than ${most}: ${told.join(', ')}`);
  return told.join(', ');
}

/** What scripts are told of a model whose files do not tell its family. */
const knownOf = ({ family }: Layout): string[] => (family ? ['--family', family] : []);

/** Logits at full size against those that recorded-answers.json holds; no step for layouts of other weights. */
export function recordedSteps(layout: Layout, { model }: Places): Step[] {
  if (layout.full || layout.rows !== RECORDED_ROWS) return [];
  return [
    {
      title: 'logits against recorded ones',
      act: () => script('recorded.ts', model, ...knownOf(layout)),
      judge: (ended) => judgeErrors(ended, MOST_OF_RECORDED),
    },
  ];
}

/** Logits of the model and of its student, here and in Python. @param references folder with clones; undefined where there are none */
export function comparingSteps(layout: Layout, places: Places, python?: string, references?: string): Step[] {
  const { model, folder, work } = places;
  const { back, before, after } = madeIn(places);
  const known = knownOf(layout);
  const compare = async (path: string, answers: string, flags: readonly string[]): Promise<Ended> => {
    const fields = layout.isCheckpoint && path === model ? ['--fields', join(folder, 'config.json')] : [];
    const clones = references ? ['--references', references] : [];
    const argv = [join(import.meta.dirname, 'check.py'), path, answers, layout.reference];
    const env = { HF_HUB_OFFLINE: '1', HF_HOME: join(work, 'hub'), HF_HUB_DISABLE_PROGRESS_BARS: '1' };
    const ended = await measure(python!, [...argv, ...flags, ...clones, ...fields], { cwd: ROOT, env });
    // Python counts for itself.
    return ended.code ? ended : { ...ended, ...(printed(ended) as { megabytes: number; processor: number }) };
  };
  const judge = () => 'written';
  const ours: Step[] = [
    { title: 'logits of the model', act: () => script('logits.ts', model, before, ...known), judge },
    { title: 'logits of the student', act: () => script('logits.ts', back, after), judge },
  ];
  const ofModel: Step = {
    title: 'the model in the class of its reference',
    act: () => compare(model, before, []),
    judge: (ended) => judgeErrors(ended),
  };
  const ofStudent: Step = {
    title: 'the student in Python',
    act: () => compare(back, after, ['--auto']),
    judge: (ended) => judgeErrors(ended),
  };
  return [...ours, ...(python && references ? [ofModel] : []), ...(python ? [ofStudent] : [])];
}
