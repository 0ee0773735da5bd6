import { join } from 'node:path';
import { InputError, quoted } from '@idlm/core-diffusion';
import { keepingOf, readingOf } from '@idlm/recipe';
import {
  type Arm,
  type ComparisonContext,
  type PlannedArm,
  budgetOf,
  planArm,
  readArms,
} from '@idlm/recipe/comparison';
import {
  type Config,
  type LoadedConfig,
  type PartlyRead,
  openConfigured,
  originOf,
  requireRead,
} from '@idlm/recipe/config';
import {
  type GivenModel,
  type ModelInUse,
  fitModel,
  readModel,
  requireModelSettings,
  textWarnings,
  withModelData,
  withNetwork,
} from '@idlm/recipe/models';
import { resolveRecipe, sweptTemperatures } from '@idlm/recipe/resolved';
import { prepareCorpus, withPreparedText } from '@idlm/recipe/text';
import type { ConfigOptions } from '../flags/config-flags';
import { comparisonRows, verdicts } from '../report/compare';
import { tellEvents } from '../sentences/events';
import { type Interrupts, type Terminal, alignedTable, terminalReporter } from '../terminal';
import { compareArms } from './compare-arms';
import { readLoadedConfig, wholeNumber } from './shared';

/** Options of `idlm compare`. */
export interface CompareOptions extends ConfigOptions {
  readonly objectives: string;
  readonly arm: readonly string[];
  readonly seeds: string;
  readonly passes?: string;
  readonly teacher?: string;
  readonly scorer?: string;
  readonly out: string;
}

/** @throws InputError for anything but whole numbers with commas */
function readSeeds(text: string): number[] {
  const seeds = text.split(',').map((seed) => seed.trim());
  if (!seeds.every((seed) => /^\d+$/.test(seed) && Number.isSafeInteger(Number(seed))))
    throw new InputError(
      `--seeds takes whole numbers with commas between them, such as 1,2,3; ${quoted(text)} was given.`,
    );
  return [...new Set(seeds.map(Number))];
}

/** @throws InputError for a seed of the command line that is none of those to compare */
function requireNoSeed(loaded: LoadedConfig): void {
  const set = ['seed', 'evaluation.seed'].find((path) => originOf(loaded, path)?.startsWith('--'));
  if (set)
    throw new InputError(
      `Everything is compared with the seeds of --seeds, so ${set} would change nothing; leave ${originOf(loaded, set)} out, and name it in --seeds.`,
    );
}

/** @throws InputError for several temperatures: cells of one arm differ in their seeds alone */
function requireOneTemperature(config: Config): void {
  const temperatures = sweptTemperatures(config);
  if (temperatures.length > 1)
    throw new InputError(
      `Arms are compared at one temperature; evaluation.temperatures holds ${temperatures.join(', ')}: set one.`,
    );
}

/** A configuration with the text, the family and the tokenizer of the given teacher, if there is one. */
function fitted(loaded: LoadedConfig, teacher?: GivenModel): LoadedConfig & Partial<ModelInUse> {
  if (!teacher) return loaded;
  const onText = withModelData(loaded, teacher);
  const inUse = fitModel({ ...teacher, loaded: onText });
  return { ...onText, ...inUse, config: withNetwork(inUse.config, teacher.model.network) };
}

/** The arms with their configurations, at one budget. */
async function plan(
  options: CompareOptions,
  context: Omit<ComparisonContext, 'scorers'>,
  arms: readonly Arm[],
  teacher?: GivenModel,
): Promise<PlannedArm[]> {
  const budget = options.passes === undefined ? budgetOf(context) : wholeNumber('--passes', options.passes);
  return Promise.all(
    arms.map(async ({ name, settings }) => {
      const loaded = await readLoadedConfig({ ...options, set: [...options.set, ...settings] });
      return planArm(context, name, fitted(loaded, teacher).config, budget);
    }),
  );
}

/** What is read only where other options are left out. */
const readByOptions = ({ teacher, passes }: CompareOptions): PartlyRead[] => [
  {
    fields: ['teacher'],
    isRead: teacher === undefined,
    otherwise: 'the teacher is given by --teacher, and not trained',
  },
  { fields: ['distillation.updates'], isRead: passes === undefined, otherwise: 'updates follow from --passes' },
];

/** `idlm compare`: several objectives from one teacher at one budget, over seeds. */
export async function compareCommand(
  options: CompareOptions,
  terminal: Terminal,
  interrupts: Interrupts,
): Promise<void> {
  const seeds = readSeeds(options.seeds);
  const reporter = terminalReporter(terminal);
  const onEvent = tellEvents({ terminal, reporter, interrupts, stopped: '; the same command goes on from there.' });
  const given = await readLoadedConfig(options);
  const arms = readArms(options.objectives, options.arm);
  const teacher = options.teacher ? await readModel(options.teacher, given) : undefined;
  requireNoSeed(given);
  requireRead(given, 'compare', readByOptions(options));
  if (teacher) await requireModelSettings(given, teacher);
  const onText = await withPreparedText(teacher ? withModelData(given, teacher) : given);
  const loaded = fitted(onText, teacher);
  loaded.assumed?.forEach((sentence) => reporter.note(sentence));
  const { config } = loaded;
  requireOneTemperature(config);
  reporter.doing('Reading the text');
  const corpus = await prepareCorpus(
    config,
    teacher && { tokenizer: loaded.tokenizer ?? teacher.tokenizer, rowStart: teacher.model.network.config.rowStart },
    { onReading: readingOf(onEvent), keeping: keepingOf(options.out, onEvent) },
  );
  onEvent({ kind: 'text', data: config.data, corpus });
  const warnings = [...(loaded.warnings ?? []), ...(teacher ? textWarnings(teacher, loaded, corpus) : [])];
  corpus.notes.forEach((sentence) => reporter.note(sentence));
  warnings.forEach((sentence) => terminal.warn(sentence));
  const recipe = resolveRecipe(config, corpus, teacher?.model.network);
  const engine = await openConfigured(loaded, [recipe.network]);
  onEvent({ kind: 'engine', engine });
  const { signal } = interrupts;
  const base = { ...recipe, engine, out: options.out, teacher: teacher?.folder, onEvent, signal };
  const planned = await plan(options, base, arms, teacher);
  const notes = [...(loaded.assumed ?? []), ...corpus.notes, ...warnings];
  const report = await compareArms(base, planned, { seeds, teacher, scorer: options.scorer, notes });
  const path = join(options.out, 'report.html');
  const { head, rows } = comparisonRows(report);
  terminal.note(alignedTable([head, ...rows]));
  verdicts(report).forEach((sentence) => terminal.note(sentence));
  terminal.result({ report: path, summaries: report.summaries }, () => path);
}
