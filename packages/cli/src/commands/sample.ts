import {
  type Config,
  type LoadedConfig,
  type Override,
  type PartlyRead,
  asCommanded,
  openConfigured,
  override,
  requireRead,
} from '@idlm/recipe/config';
import {
  type ModelFiles,
  type ModelInUse,
  fitModel,
  readPrompting,
  readSampledFiles,
  requireModelReading,
  withRecommended,
} from '@idlm/recipe/models';
import {
  type Writer,
  beginningOf,
  chooseRuntime,
  clampOf,
  haveBeginnings,
  isAnyGiven,
  longestText,
  multiplicationsOf,
  nameOfRuntime,
  openWriter,
  requireRoom,
} from '@idlm/recipe/sampling';
import { type GivenText, type Prompting, holdsJson } from '@idlm/recipe/text';
import { readRunRecords } from '@idlm/recipe/records';
import { threadsOfRank } from '@idlm/recipe/runs';
import { pairFolder } from '../assets';
import { tellPreparation } from '../sentences/events';
import { describeWriter, recordOf } from '../sentences/writer';
import { type Terminal, terminalReporter } from '../terminal';
import { type GivenOptions, givenTexts, noteReadings, settled } from './given-texts';
import { type Writing, writeBatch } from './sampled-texts';
import type { ConfigOptions } from '../flags/config-flags';
import { readLoadedConfig, wholeNumber } from './shared';
import { randomInt } from 'node:crypto';
import { InputError } from '@idlm/core-diffusion';
import { type Communicator, oneRank } from '@idlm/core-diffusion/ranks';
import { textLength } from '@idlm/denoiser';

/** Options of `idlm sample`. */
export interface SampleOptions extends ConfigOptions, GivenOptions {
  /** Default: the student that comes with the package. */
  readonly model?: string;
  readonly count?: string;
  readonly steps?: string;
  readonly length?: string;
  readonly block?: string;
  readonly sampler?: string;
  readonly pattern?: string;
  readonly temperature?: string;
  readonly topP?: string;
  readonly topK?: string;
  readonly guidance?: string;
  readonly unconditional?: string;
  readonly classifier?: string;
  readonly separator?: string;
  readonly frames?: boolean;
}

const parsedFlags = ({ steps, sampler, block, temperature, topP, topK, ...guiding }: SampleOptions): Override[] =>
  Object.entries({
    'sampling.steps': { flag: '--steps', text: steps && String(wholeNumber('--steps', steps)) },
    'sampling.block': { flag: '--block', text: block },
    'sampling.sampler': { flag: '--sampler', text: sampler },
    'sampling.temperature': { flag: '--temperature', text: temperature },
    'sampling.nucleus': { flag: '--top-p', text: topP },
    'sampling.topK': { flag: '--top-k', text: topK },
    'sampling.guidance': { flag: '--guidance', text: guiding.guidance },
    'sampling.classifier': { flag: '--classifier', text: guiding.classifier },
  }).flatMap(([field, { flag, text }]) => (text === undefined ? [] : [override(field, text, flag)]));

/** Texts as they are, whatever they would be as YAML. */
const flagsOf = ({ pattern, unconditional, ...flags }: SampleOptions): Override[] => [
  ...parsedFlags(flags),
  ...Object.entries({ pattern, unconditional }).flatMap(([name, value]) =>
    value === undefined ? [] : [{ path: ['sampling', name], value, origin: `--${name}` }],
  ),
];

/** What is read of models of some kinds, or with other options, alone. */
const readBy = (
  { prompts = '' }: SampleOptions,
  { model: { network }, stored, hasRecords }: WrittenModel,
): PartlyRead[] => [
  {
    fields: [
      ...['sampling.steps', 'sampling.sampler', 'sampling.spacing', 'sampling.block'],
      ...['sampling.guidance', 'sampling.unconditional', 'sampling.classifier'],
      ...['family', 'model.timeConditioning'],
    ],
    isRead: !network.config.causal,
    otherwise: 'an autoregressive model has no kind of diffusion, and writes one token per step',
  },
  {
    fields: ['engine.name', 'engine.precision', 'engine.compile'],
    isRead: stored.graph === undefined,
    otherwise: 'an ONNX file is run by ONNX Runtime, and by no engine',
  },
  {
    fields: ['data.windowEnds'],
    isRead: !hasRecords,
    otherwise: 'the run of the model tells how its rows began',
  },
  { fields: ['data.promptField'], isRead: holdsJson(prompts), otherwise: 'it names a field of --prompts in JSONL' },
];

/** `--seed random` as a seed that can be given again. */
const seeded = (options: SampleOptions): SampleOptions =>
  options.seed === 'random' ? { ...options, seed: String(randomInt(2 ** 31)) } : options;

/** The seed of rank 0 for all: a random one is another on each. */
async function seededByFirst(options: SampleOptions, ranks: Communicator): Promise<SampleOptions> {
  if (options.seed === undefined) return options;
  const seed = await ranks.broadcast(new TextEncoder().encode(options.seed));
  return { ...options, seed: new TextDecoder().decode(seed) };
}

/** Tokens of a text. @throws InputError for more than the model reads, and where something given leaves no room */
function lengthOf({ length: asked }: SampleOptions, config: Config, { network }: Writer, given: readonly GivenText[]) {
  const most = longestText(config, network);
  const length = wholeNumber('--length', asked ?? String(textLength(network.config)));
  if (length > most) throw new InputError(`The model reads at most ${most} tokens; --length ${length} was given.`);
  requireRoom(given, length);
  return length;
}

/** A model with what it is used with. */
export type WrittenModel = ModelFiles &
  Omit<ModelInUse, 'diffusion'> & {
    readonly diffusion: ModelInUse['diffusion'] | undefined;
    /** What its folder recommends, and nobody has set. */
    readonly recommended: readonly string[];
    /** How its rows began, where they did not with text alone. */
    readonly prompting: Prompting | undefined;
    /** Whether the run is known that made it. */
    readonly hasRecords: boolean;
  };

/**
 * A model with the configuration, as its folder recommends it for sampling, and the tokenizer that it is used with; an
 * autoregressive one belongs to no family.
 */
export async function readFitted(path: string, given: LoadedConfig): Promise<WrittenModel> {
  const files = await readSampledFiles(path, given);
  await requireModelReading(asCommanded(given), { path, ...files });
  const records = await readRunRecords(files.folder, 'put back what was written, or delete it');
  const prompting = await readPrompting(files, records, given.config);
  const isCausal = files.model.network.config.causal === true;
  const { loaded, recommended } = await withRecommended(given, { ...files, isCausal });
  const known = { recommended, prompting, hasRecords: records !== undefined };
  if (isCausal) return { ...files, config: loaded.config, diffusion: undefined, assumed: [], warnings: [], ...known };
  return { ...files, ...fitModel({ loaded, ...files }), ...known };
}

/**
 * `idlm sample`: texts on stdout, one per line, with line ends and control characters escaped; every frame with `--frames`;
 * as they are with `--separator` and, in parts, with `--json`.
 */
export async function sampleCommand(
  asked: SampleOptions,
  terminal: Terminal,
  signal: AbortSignal,
  ranks: Communicator = oneRank,
): Promise<void> {
  const options = await seededByFirst(seeded(asked), ranks);
  if (terminal.json && asked.separator !== undefined)
    throw new InputError(
      '--separator stands behind texts that are printed as they are, and --json prints JSON; give one of them.',
    );
  const loaded = await readLoadedConfig(options, flagsOf(options));
  const written = await readFitted(options.model ?? pairFolder('student'), loaded);
  const { model, config, tokenizer, assumed, warnings, recommended } = written;
  // What the folder recommends decides what else is read, as the rule of a nucleus.
  requireRead({ ...loaded, config }, 'sample', readBy(options, written));
  const each = wholeNumber('--count', options.count ?? (options.prompts === undefined ? '4' : '1'));
  const given = await givenTexts(options, loaded.config.data.promptField, written);
  noteReadings(given, tokenizer, terminal);
  const count = each * given.length;
  const reporter = terminalReporter(terminal);
  assumed.forEach((sentence) => reporter.note(sentence));
  warnings.forEach((sentence) => terminal.warn(sentence));
  const { steps } = config.sampling;
  const work = {
    ...written,
    loaded,
    network: model.network,
    multiplications: multiplicationsOf(model.network, { count, steps }),
  };
  const threads = await threadsOfRank(ranks);
  const runtime = await chooseRuntime(work, () => openConfigured(loaded, undefined, threads));
  if (runtime.kind === 'engine') tellPreparation({ reporter, terminal }, runtime);
  else reporter.note(`Runtime: ONNX Runtime ${runtime.version}.`);
  const beginnings = given.map(beginningOf);
  const hasPrompt = haveBeginnings(beginnings);
  const { unconditional: other } = config.sampling;
  const unconditional = other === null ? undefined : await readFitted(other, loaded);
  const isGiven = isAnyGiven(given);
  const writer = await openWriter({ ...written, runtime, count, hasPrompt, isGiven, ranks, unconditional });
  try {
    const room = lengthOf(options, config, writer, beginnings);
    const { texts, length, infill } = await settled(given, room, { writer, tokenizer });
    if (options.model === undefined)
      reporter.note('No model is named: this is the student of English that comes with idlm.');
    if (recommended.length) reporter.note(`Its folder recommends ${recommended.join(', ')}.`);
    reporter.note(describeWriter({ model, config }, writer.steps(length), length));
    const { frames = false, separator, template } = options;
    const writing: Writing = {
      ...{ writer, tokenizer, length, terminal, separator, infill },
      given: (row) => texts[Math.floor(row / each)]!,
      isTemplate: template !== undefined,
      numbered: frames && count > 1,
      by: { ...recordOf(written), runtime: nameOfRuntime(runtime) },
    };
    if (asked.seed === 'random') terminal.note(`Seed: ${options.seed}; --seed ${options.seed} writes the same texts.`);
    const most = loaded.config.sampling.batch;
    for (let firstRow = 0; firstRow < count; firstRow += most) {
      const batch = Math.min(most, count - firstRow);
      const clamp = clampOf(writing.given, { batch, firstRow, length });
      const until = ranks.size === 1 ? signal : undefined;
      await writeBatch(writing, { batch, length, firstRow, clamp, signal: until }, frames);
    }
  } finally {
    writer.dispose();
  }
}
