import { isWithin } from './fields';
import type { LoadedConfig } from './load';
import { isCommanded } from './overrides';

/** What a sweep over numbers of steps reads of how text is sampled. */
const SWEPT = [
  ...['sampler', 'spacing', 'temperature', 'nucleus', 'nucleusRule', 'topK', 'repetitionPenalty', 'noRepeatedNGram'],
  'batch',
].map((key) => `sampling.${key}`);

/** What the texts on the way of a training read of it. */
const SAMPLED = [...SWEPT, 'sampling.steps'];

/**
 * Sections and fields that each command reads; a file may hold those of all commands. Some are read in some circumstances alone:
 * see `requireRead`.
 */
export const READS = {
  prepare: ['imports', 'data', 'family'],
  train: [
    'imports',
    'seed',
    'engine',
    'data',
    'model',
    'family',
    'teacher',
    'checkpoints',
    'health',
    'logs',
    ...SAMPLED,
  ],
  'train scorer': [
    ...['imports', 'seed', 'engine', 'data', 'family', 'scorers.autoregressive', 'checkpoints', 'health', 'logs.every'],
    ...['model.network', 'model.preset', 'model.hidden', 'model.blocks', 'model.heads', 'model.cond'],
  ],
  distill: [
    ...['imports', 'seed', 'engine', 'data', 'model', 'family', 'distillation', 'checkpoints', 'health', 'logs'],
    ...['evaluation.compareAt', 'evaluation.teacherSteps'],
    ...SAMPLED,
  ],
  eval: [
    ...['imports', 'seed', 'engine', 'data', 'family', 'evaluation', 'scorers.judges', 'scorers.nGramOrder'],
    'model.timeConditioning',
    ...SWEPT,
  ],
  'search-grid': [
    ...['imports', 'seed', 'engine', 'data', 'family', 'scorers.judges', 'scorers.nGramOrder'],
    ...['evaluation.samples', 'evaluation.tolerance', 'evaluation.seed', 'model.timeConditioning'],
    ...SAMPLED.filter((field) => field !== 'sampling.spacing'),
  ],
  compare: [
    ...['imports', 'engine', 'data', 'model', 'family', 'teacher', 'distillation', 'evaluation'],
    ...['scorers.judges', 'scorers.nGramOrder', 'checkpoints', 'health', 'logs.every'],
    ...SWEPT,
  ],
  serve: [
    ...['imports', 'engine', 'family', 'model.timeConditioning', 'sampling.runtime', 'sampling.steps'],
    ...['data.tokenizer', 'data.normalise', 'data.windowEnds'],
    ...SWEPT.filter((field) => field !== 'sampling.batch'),
  ],
  sample: [
    ...['imports', 'seed', 'engine', 'family', 'sampling', 'model.timeConditioning'],
    ...['data.promptField', 'data.tokenizer', 'data.normalise', 'data.windowEnds'],
  ],
} satisfies Readonly<Record<string, readonly string[]>>;

/** A command that reads a configuration. */
export type ConfiguredCommand = keyof typeof READS;

/** The commands that read a configuration. */
export const CONFIGURED = Object.keys(READS) as readonly ConfiguredCommand[];

/** The configuration as if only the command line had set anything: what files set is meant for several commands. */
export const asCommanded = (loaded: LoadedConfig): LoadedConfig => ({
  ...loaded,
  origins: Object.fromEntries(Object.entries(loaded.origins).filter(([, origin]) => isCommanded(origin))),
});

/** Whether a command reads a field, or some of a section. */
export const isRead = (command: ConfiguredCommand, path: string): boolean =>
  READS[command].some((read) => isWithin(path, read) || isWithin(read, path));
