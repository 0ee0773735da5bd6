import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout, SizeName } from './layouts';
import { SIZES } from './layouts';
import { type Ended, measure } from './measure';
import { type Places, type Step, comparingSteps, readingSteps, recordedSteps, studentSteps } from './steps';
import { writeModel } from './write-model';

/** What a step of a workflow took, and what it came to. */
export interface StepResult {
  readonly step: string;
  readonly seconds: number;
  readonly megabytes: number | undefined;
  /** Processor time in seconds; undefined where nothing tells it. */
  readonly processor: number | undefined;
  readonly verdict: string;
  readonly failed?: boolean;
}

/** What a workflow is given. */
export interface WorkflowOptions {
  readonly name: string;
  readonly layout: Layout;
  readonly size: SizeName;
  /** An empty folder. */
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
const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('Node.js'))
    .at(-1) ?? '';

/** Writes the model, as a checkpoint with Python's help where its layout is one. */
async function make({ layout, size, python }: WorkflowOptions, { folder, model }: Places): Promise<StepResult> {
  const started = performance.now();
  const count = await writeModel(folder, layout, (size === 'full' && layout.full) || SIZES[size]);
  if (layout.isCheckpoint) {
    const argv = [join(import.meta.dirname, 'write_checkpoint.py'), folder, model, layout.reference];
    const { code, err } = await measure(python!, argv, { cwd: folder });
    if (code !== 0) throw new Error(`write_checkpoint.py: ${lastLine(err)}`);
    await rm(join(folder, 'model.safetensors'));
  }
  const seconds = (performance.now() - started) / 1000;
  return {
    step: 'make',
    seconds,
    megabytes: undefined,
    processor: undefined,
    verdict: `${count.toLocaleString('en')} numbers`,
  };
}

/** Does a step, whatever comes of it. */
async function resultOf({ title, code = 0, act, judge }: Step): Promise<StepResult> {
  const ended: Ended = await act();
  const { seconds, megabytes, processor } = ended;
  const told = { step: title, seconds, megabytes, processor };
  try {
    if (ended.code !== code) throw new Error(`code ${ended.code}: ${lastLine(ended.err)}`);
    return { ...told, verdict: judge(ended) };
  } catch (error) {
    return { ...told, verdict: (error as Error).message, failed: true };
  }
}

/**
 * Takes a published model of random weights through everything that a user does with one.
 * @param report is told of each step as it ends
 */
export async function runWorkflow(asked: WorkflowOptions, report: (result: StepResult) => void): Promise<void> {
  const { name, layout, work, text, python, references, skip } = asked;
  const folder = join(work, name);
  const places: Places = { work, folder, text, model: layout.isCheckpoint ? join(work, 'last.ckpt') : folder };
  report(await make(asked, places));
  const steps = [
    ...readingSteps(layout, places),
    ...(asked.size === 'full' ? recordedSteps(layout, places) : []),
    ...studentSteps(layout, places),
    ...comparingSteps(layout, places, python, references),
  ];
  for (const step of steps) if (!skip.includes(step.title)) report(await resultOf(step));
}
