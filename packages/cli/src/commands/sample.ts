import { randomInt } from 'node:crypto';
import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { type Communicator, oneRank } from '@idlm/core-diffusion/ranks';
import { textLength } from '@idlm/denoiser';
import { type Config, type LoadedConfig, openConfigured, plannedEngine, requireRead } from '@idlm/recipe/config';
import { threadsOfRank } from '@idlm/recipe/runs';
import {
  type Runtime,
  type RuntimeRequest,
  type Writer,
  chooseRuntime,
  clampOf,
  longestText,
  multiplicationsOf,
  nameOfRuntime,
  onnxRowsOf,
  onnxRuntimeFor,
  openWriter,
  requireRoom,
  workersFor,
} from '@idlm/recipe/sampling';
import { requireSameOnRanks, settingsRead } from '@idlm/recipe/records';
import type { GivenText, InfillText } from '@idlm/recipe/text';
import { pairFolder } from '../assets';
import { tellPreparation } from '../sentences/events';
import { describeWriter, recordOf } from '../sentences/writer';
import { type Terminal, type TerminalReporter, terminalReporter } from '../terminal';
import { givenTexts, noteReadings, settled } from './given-texts';
import { type SampleOptions, readBySampling, sampleFlags } from './sample-flags';
import { type Writing, writeBatch } from './sampled-texts';
import { describeSamplingPlan, planSampling } from './sampling-plan';
import { readLoadedConfig, wholeNumber } from './shared';
import { type WrittenModel, readFitted } from './written-model';

/** `--seed random` as a seed that can be given again. */
const seeded = (options: SampleOptions): SampleOptions =>
  options.seed === 'random' ? { ...options, seed: String(randomInt(2 ** 31)) } : options;

/** The seed of rank 0 for all: a random one is another on each. */
async function seededByFirst(options: SampleOptions, ranks: Communicator): Promise<SampleOptions> {
  if (options.seed === undefined) return options;
  const seed = await ranks.broadcast(new TextEncoder().encode(options.seed));
  return { ...options, seed: new TextDecoder().decode(seed) };
}

/** What texts are given. */
type Given = readonly (GivenText | InfillText)[];

/** Tokens of a text. @throws InputError for more than the model reads, and where something given leaves no room */
function lengthOf({ length: asked }: SampleOptions, config: Config, network: NetworkDescription, given: Given) {
  const most = longestText(config, network);
  const length = wholeNumber('--length', asked ?? String(textLength(network.config)));
  if (length > most) throw new InputError(`The model reads at most ${most} tokens; --length ${length} was given.`);
  requireRoom(given, length);
  return length;
}

/** What texts are written with: options, the model as they have it, and what they are given. */
interface Sampling {
  readonly options: SampleOptions;
  readonly loaded: LoadedConfig;
  readonly written: WrittenModel;
  readonly given: Given;
  /** Whether the seed was drawn here, so that it is told. */
  readonly isRandom: boolean;
  /** Texts for each of what is given. */
  readonly each: number;
  readonly terminal: Terminal;
  readonly reporter: TerminalReporter;
  readonly ranks: Communicator;
  readonly signal: AbortSignal;
}

/** @throws InputError for settings that are not read, and for what cannot be given */
async function readSampling(
  options: SampleOptions,
  { terminal, ...work }: Pick<Sampling, 'isRandom' | 'terminal' | 'ranks' | 'signal'>,
): Promise<Sampling> {
  const loaded = await readLoadedConfig(options, sampleFlags(options));
  const written = await readFitted(options.model ?? pairFolder('student'), loaded);
  // What the folder recommends decides what else is read, as the rule of a nucleus.
  requireRead({ ...loaded, config: written.config }, 'sample', readBySampling(options, written));
  const each = wholeNumber('--count', options.count ?? (options.prompts === undefined ? '4' : '1'));
  const given = await givenTexts(options, loaded.config.data.promptField, written);
  const wanted = { texts: given.map(({ text }) => text), count: each * given.length, length: options.length ?? null };
  await requireSameOnRanks(work.ranks, { ...settingsRead(written.config, 'sample'), ...wanted });
  noteReadings(given, written.tokenizer, terminal);
  const reporter = terminalReporter(terminal);
  written.assumed.forEach((sentence) => reporter.note(sentence));
  written.warnings.forEach((sentence) => terminal.warn(sentence));
  return { options, loaded, written, given, each, terminal, reporter, ...work };
}

/** What is to be run. */
function requestOf({ loaded, written, given, each }: Sampling): RuntimeRequest {
  const { network } = written.model;
  const load = { count: each * given.length, steps: written.config.sampling.steps };
  return { ...written, loaded, network, multiplications: multiplicationsOf(network, load) };
}

/** What the network runs on, which is told. */
async function openRuntime(sampling: Sampling): Promise<Runtime> {
  const { loaded, ranks, terminal, reporter } = sampling;
  const threads = await threadsOfRank(ranks);
  const runtime = await chooseRuntime(requestOf(sampling), () => openConfigured(loaded, [], threads));
  if (runtime.kind === 'engine') tellPreparation({ reporter, terminal }, runtime);
  else reporter.note(`Runtime: ONNX Runtime ${runtime.version}.`);
  return runtime;
}

/** Says what would be done, of configuration and headers alone: no weights are read, and no engine is opened. */
async function showSamplingPlan(sampling: Sampling, unconditional: WrittenModel | undefined): Promise<void> {
  const { options, loaded, written, given, each, terminal } = sampling;
  const { network } = written.model;
  for (const { stored } of [written, ...(unconditional ? [unconditional] : [])]) await (await stored.open?.())?.close();
  const { steps, batch, block, guidance } = written.config.sampling;
  const count = each * given.length;
  const request = requestOf(sampling);
  const runtime = onnxRuntimeFor(request) ? 'onnx' : plannedEngine(loaded);
  const load = { ...request, rows: Math.min(count, batch) };
  const plan = planSampling({
    ...{ network, runtime, count, steps, batch, block },
    workers: runtime === 'wasm' ? workersFor({ engine: { name: runtime }, config: loaded.config }, load)?.threads : 0,
    ...(runtime === 'onnx' ? { maxRows: onnxRowsOf(network) } : {}),
    sampler: written.diffusion?.sampling.sampler,
    length: lengthOf(options, written.config, network, given),
    unconditional: unconditional?.model.network,
    asks: guidance === null ? 1 : 2,
  });
  terminal.result(plan, () => describeSamplingPlan(plan));
}

/** Says which model writes, in how many steps, and what of its settings is its folder's. */
function tellWriter({ options, written, reporter }: Sampling, writer: Writer, length: number): void {
  if (options.model === undefined)
    reporter.note('No model is named: this is the student of English that comes with idlm.');
  if (written.recommended.length) reporter.note(`Its folder recommends ${written.recommended.join(', ')}.`);
  reporter.note(describeWriter(written, writer.steps(length), length));
}

/** Writes all texts, some at a time. */
async function writeTexts(sampling: Sampling, writer: Writer, runtime: Runtime): Promise<void> {
  const { options, loaded, written, given, each, isRandom, terminal, ranks, signal } = sampling;
  const { frames = false, separator, template } = options;
  const { tokenizer } = written;
  const count = each * given.length;
  const room = lengthOf(options, written.config, writer.network, given);
  const { texts, length, infill } = await settled(given, room, { writer, tokenizer });
  tellWriter(sampling, writer, length);
  const writing: Writing = {
    ...{ writer, tokenizer, length, terminal, separator, infill },
    given: (row) => texts[Math.floor(row / each)]!,
    isTemplate: template !== undefined,
    numbered: frames && count > 1,
    by: { ...recordOf(written), runtime: nameOfRuntime(runtime) },
  };
  if (isRandom) terminal.note(`Seed: ${options.seed}; --seed ${options.seed} writes the same texts.`);
  const most = loaded.config.sampling.batch;
  for (let firstRow = 0; firstRow < count; firstRow += most) {
    const batch = Math.min(most, count - firstRow);
    const clamp = clampOf(writing.given, { batch, firstRow, length });
    const until = ranks.size === 1 ? signal : undefined;
    await writeBatch(writing, { batch, length, firstRow, clamp, signal: until }, frames);
  }
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
  const sampling = await readSampling(options, { isRandom: asked.seed === 'random', terminal, ranks, signal });
  const { loaded, written, given, each } = sampling;
  const { unconditional: other } = written.config.sampling;
  const unconditional = other === null ? undefined : await readFitted(other, loaded);
  if (options.dryRun) return showSamplingPlan(sampling, unconditional);
  const runtime = await openRuntime(sampling);
  const count = each * given.length;
  const writer = await openWriter({ ...written, runtime, count, given, ranks, unconditional });
  try {
    await writeTexts(sampling, writer, runtime);
  } finally {
    writer.dispose();
  }
}
