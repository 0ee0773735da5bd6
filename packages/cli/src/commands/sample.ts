import {
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
  type WriteRequest,
  type Writer,
  chooseRuntime,
  clampOf,
  haveBeginnings,
  multiplicationsOf,
  nameOfRuntime,
  openWriter,
  requireRoom,
} from '@idlm/recipe/sampling';
import {
  type GivenText,
  type Prompting,
  encodePrompt,
  encodeTemplate,
  holdsJson,
  readAs,
  readPrompts,
} from '@idlm/recipe/text';
import { readRunRecords } from '@idlm/recipe/records';
import { pairFolder } from '../assets';
import { tellPreparation } from '../sentences/events';
import { describeWriter, recordOf } from '../sentences/writer';
import { type Terminal, oneLine, terminalReporter } from '../terminal';
import { type ConfigOptions, readLoadedConfig, wholeNumber } from './shared';
import { randomInt } from 'node:crypto';
import { InputError } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { textLength } from '@idlm/denoiser';
import { FREE } from '@idlm/samplers';

/** Options of `idlm sample`. */
export interface SampleOptions extends ConfigOptions {
  /** Default: the student that comes with the package. */
  readonly model?: string;
  readonly count?: string;
  readonly steps?: string;
  readonly length?: string;
  readonly prompt?: string;
  readonly prompts?: string;
  readonly template?: string;
  readonly sampler?: string;
  readonly pattern?: string;
  readonly temperature?: string;
  readonly topP?: string;
  readonly topK?: string;
  readonly separator?: string;
  readonly frames?: boolean;
}

const parsedFlags = ({ steps, sampler, temperature, topP, topK }: SampleOptions): Override[] =>
  Object.entries({
    'sampling.steps': { flag: '--steps', text: steps && String(wholeNumber('--steps', steps)) },
    'sampling.sampler': { flag: '--sampler', text: sampler },
    'sampling.temperature': { flag: '--temperature', text: temperature },
    'sampling.nucleus': { flag: '--top-p', text: topP },
    'sampling.topK': { flag: '--top-k', text: topK },
  }).flatMap(([field, { flag, text }]) => (text === undefined ? [] : [override(field, text, flag)]));

const flagsOf = ({ pattern, ...flags }: SampleOptions): Override[] => [
  ...parsedFlags(flags),
  ...(pattern === undefined ? [] : [{ path: ['sampling', 'pattern'], value: pattern, origin: '--pattern' }]),
];

/** What is read of models of some kinds, or with other options, alone. */
const readBy = (
  { prompts = '' }: SampleOptions,
  { model: { network }, stored, hasRecords }: WrittenModel,
): PartlyRead[] => [
  {
    fields: ['sampling.steps', 'sampling.sampler', 'sampling.spacing', 'family', 'model.timeConditioning'],
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

/** What every text begins with, or has around its holes; one empty text where nothing is given. */
async function givenTexts(
  { prompt, prompts, template }: SampleOptions,
  promptField: string | null,
  { tokenizer, prompting }: Pick<WrittenModel, 'tokenizer' | 'prompting'>,
): Promise<GivenText[]> {
  const several = Object.entries({ '--prompt': prompt, '--prompts': prompts, '--template': template });
  const named = several.filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (named.length > 1) throw new InputError(`${named.join(' and ')} were given; give one of them.`);
  if (template !== undefined) return [encodeTemplate(template, tokenizer, prompting)];
  const texts =
    prompts === undefined ? [prompt ?? ''] : await readPrompts(prompts, promptField ?? prompting?.field ?? 'prompt');
  return texts.map((text) => encodePrompt(text, tokenizer, prompting));
}

/** Says which texts the model reads otherwise than they were given. */
function noteReadings(given: readonly GivenText[], tokenizer: Tokenizer, terminal: Terminal): void {
  for (const one of given) {
    const read = readAs(one, tokenizer);
    if (read !== undefined) terminal.note(`${JSON.stringify(one.text)} is read as ${JSON.stringify(read)}.`);
  }
}

/** Tokens of a text. @throws InputError for more than the model reads, and where something given leaves no room */
function lengthOf({ length: asked }: SampleOptions, { network }: Writer, given: readonly GivenText[]): number {
  const most = textLength(network.config);
  const length = wholeNumber('--length', asked ?? String(most));
  if (length > most) throw new InputError(`The model reads at most ${most} tokens; --length ${length} was given.`);
  requireRoom(given, length);
  return length;
}

/** What texts are written with. */
interface Writing {
  readonly writer: Writer;
  readonly tokenizer: Tokenizer;
  readonly length: number;
  readonly terminal: Terminal;
  /** What each of the texts is given, in their order. */
  readonly given: (row: number) => GivenText;
  readonly isTemplate: boolean;
  /** What stands behind each text, which is then printed as it is. */
  readonly separator?: string;
  /** Whether lines name their text, since frames of several alternate. */
  readonly numbered: boolean;
  /** What the texts are written by, for `--json`. */
  readonly by: object;
}

/** A text's parts for `--json`. */
function partsOf({ given, tokenizer, isTemplate }: Writing, row: number, text: string, tokens: Int32Array): object {
  const { text: asked, clamp } = given(row);
  if (isTemplate) return { template: asked, text };
  if (!clamp.length) return { text };
  const prompt = tokenizer.decode(clamp);
  const completion = text.startsWith(prompt)
    ? text.slice(prompt.length)
    : tokenizer.decode(tokens.subarray(clamp.length));
  return { prompt: asked, completion, text };
}

/** Prints the texts of a batch. */
function print(writing: Writing, { batch, firstRow }: WriteRequest, tokens: Int32Array, numbers: object): void {
  const { tokenizer, length, terminal, separator, numbered, by } = writing;
  for (let i = 0; i < batch; i++) {
    const row = firstRow + i;
    // What an autoregressive model has not yet written is no token.
    const own = tokens.subarray(i * length, (i + 1) * length).filter((token) => token !== FREE);
    const text = tokenizer.decode(own);
    const line = () => (separator === undefined ? oneLine(text.replace(/ +$/, '')) : `${text}${separator}`);
    terminal.result({ sample: row, ...by, ...numbers, ...partsOf(writing, row, text, own) }, () =>
      numbered ? `${row}: ${line()}` : line(),
    );
  }
}

/** Writes the texts of a batch, with every step on the way if `frames`. */
async function writeBatch(writing: Writing, request: WriteRequest, frames: boolean): Promise<void> {
  const { writer, length } = writing;
  if (frames) {
    for await (const { step, t, tokens, networkCalls } of writer.write(request))
      print(writing, request, tokens, { step, t, networkCalls });
  } else {
    const { tokens, networkCalls } = await writer.writeAll(request);
    print(writing, request, tokens, { steps: writer.steps(length), networkCalls });
  }
}

/** A model with what it is used with. */
type WrittenModel = ModelFiles &
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
async function readFitted(path: string, given: LoadedConfig): Promise<WrittenModel> {
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
export async function sampleCommand(given: SampleOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const options = seeded(given);
  if (terminal.json && given.separator !== undefined)
    throw new InputError(
      '--separator stands behind texts that are printed as they are, and --json prints JSON; give one of them.',
    );
  const loaded = await readLoadedConfig(options, flagsOf(options));
  const written = await readFitted(options.model ?? pairFolder('student'), loaded);
  const { model, config, tokenizer, assumed, warnings, recommended } = written;
  // What the folder recommends decides what else is read, as the rule of a nucleus.
  requireRead({ ...loaded, config }, 'sample', readBy(options, written));
  const each = wholeNumber('--count', options.count ?? (options.prompts === undefined ? '4' : '1'));
  const texts = await givenTexts(options, loaded.config.data.promptField, written);
  noteReadings(texts, tokenizer, terminal);
  const count = each * texts.length;
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
  const runtime = await chooseRuntime(work, () => openConfigured(loaded));
  if (runtime.kind === 'engine') tellPreparation({ reporter, terminal }, runtime);
  else reporter.note(`Runtime: ONNX Runtime ${runtime.version}.`);
  const hasPrompt = haveBeginnings(texts);
  const writer = await openWriter({ ...written, runtime, count, hasPrompt });
  try {
    const length = lengthOf(options, writer, texts);
    if (options.model === undefined)
      reporter.note('No model is named: this is the student of English that comes with idlm.');
    if (recommended.length) reporter.note(`Its folder recommends ${recommended.join(', ')}.`);
    reporter.note(describeWriter({ model, config }, writer.steps(length), length));
    const { frames = false, separator, template } = options;
    const writing: Writing = {
      ...{ writer, tokenizer, length, terminal, separator },
      given: (row) => texts[Math.floor(row / each)]!,
      isTemplate: template !== undefined,
      numbered: frames && count > 1,
      by: { ...recordOf(written), runtime: nameOfRuntime(runtime) },
    };
    if (given.seed === 'random') terminal.note(`Seed: ${options.seed}; --seed ${options.seed} writes the same texts.`);
    const most = loaded.config.sampling.batch;
    for (let firstRow = 0; firstRow < count; firstRow += most) {
      const batch = Math.min(most, count - firstRow);
      const clamp = clampOf(writing.given, { batch, firstRow, length });
      await writeBatch(writing, { batch, length, firstRow, clamp, signal }, frames);
    }
  } finally {
    writer.dispose();
  }
}
