import type { LoadedConfig } from './load';

/** What a sweep over numbers of steps reads of how text is sampled. */
const SWEPT = ['sampler', 'spacing', 'temperature', 'nucleus', 'nucleusRule', 'topK', 'batch'].map(
  (key) => `sampling.${key}`,
);

/** Sections and fields that each command reads; a file may hold those of all commands. */
export const READS = {
  train: ['seed', 'engine', 'data', 'model', 'family', 'teacher', 'sampling', 'checkpoints', 'logs'],
  'train scorer': [
    ...['seed', 'engine', 'data', 'family', 'scorers.autoregressive', 'checkpoints', 'logs.every'],
    ...['model.preset', 'model.hidden', 'model.blocks', 'model.heads', 'model.cond'],
  ],
  distill: [
    ...['seed', 'engine', 'data', 'model', 'family', 'distillation', 'sampling', 'checkpoints', 'logs'],
    ...['evaluation.compareAt', 'evaluation.teacherSteps'],
  ],
  eval: [
    ...['seed', 'engine', 'data', 'family', 'evaluation', 'scorers.nGramOrder', 'model.timeConditioning'],
    ...SWEPT,
  ],
  compare: [
    ...['engine', 'data', 'model', 'family', 'teacher', 'distillation', 'evaluation', 'scorers.nGramOrder'],
    ...SWEPT,
  ],
  sample: [
    ...['seed', 'engine', 'family', 'sampling', 'model.timeConditioning'],
    ...['data.promptField', 'data.tokenizer', 'data.normalise'],
  ],
  // A token at a time: there are no steps to space, and no family.
  'sample (autoregressive)': [
    ...['seed', 'engine', 'data.promptField', 'data.tokenizer', 'data.normalise'],
    ...['temperature', 'nucleus', 'nucleusRule', 'topK', 'batch'].map((key) => `sampling.${key}`),
  ],
} satisfies Readonly<Record<string, readonly string[]>>;

/** A command that reads a configuration. */
export type ConfiguredCommand = keyof typeof READS;

/** Origins that mean this one command, unlike files and environment, which several share. */
const OWN_ORIGINS = ['--set', '--seed'];

/** The configuration as if only the command line had set anything: what files set is meant for several commands. */
export const asCommanded = (loaded: LoadedConfig): LoadedConfig => ({
  ...loaded,
  origins: Object.fromEntries(Object.entries(loaded.origins).filter(([, origin]) => OWN_ORIGINS.includes(origin))),
});

const isWithin = (path: string, section: string) => path === section || path.startsWith(`${section}.`);

/** Whether a command reads a field, or some of a section. */
export const isRead = (command: ConfiguredCommand, path: string): boolean =>
  READS[command].some((read) => isWithin(path, read) || isWithin(read, path));

/** Fields that the command line sets and the command does not read. */
export const unreadFields = ({ origins }: Pick<LoadedConfig, 'origins'>, command: ConfiguredCommand): string[] =>
  Object.entries(origins)
    .filter(([, origin]) => OWN_ORIGINS.includes(origin))
    .map(([path]) => path)
    .filter((path) => !isRead(command, path));

/** The sentence on settings of the command line that change nothing; undefined where all are read. */
export function unreadSentence(loaded: Pick<LoadedConfig, 'origins'>, command: ConfiguredCommand): string | undefined {
  const fields = unreadFields(loaded, command);
  if (!fields.length) return undefined;
  return `"idlm ${command}" does not read ${fields.join(', ')}; what was set there changes nothing here.`;
}
