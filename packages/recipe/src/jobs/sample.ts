import { InputError } from '@idlm/core-diffusion';
import { listed } from '@idlm/core-diffusion/errors';
import type { Tokenizer } from '@idlm/data';
import { textLength } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { FREE } from '@idlm/samplers';
import { openConfigured } from '../config/engine';
import { type LoadedConfig, resolveConfig } from '../config/load';
import type { Config, ConfigValues } from '../config/schema';
import { type ModelInUse, fitModel } from '../models/model-family';
import type { GivenModel } from '../models/model-origin';
import { readPrompting } from '../models/prompting';
import { clampOf, longestText, requireRoom } from '../sampling/clamp';
import { fitInfill } from '../sampling/infill';
import type { Writer } from '../sampling/writer';
import { type Runtime, chooseRuntime } from '../sampling/runtime';
import { multiplicationsOf, openWriter } from '../sampling/writers';
import { type InfillText, encodeInfill } from '../text/infill';
import { type GivenText, encodePrompt, encodeTemplate, withoutTrailingSpaces } from '../text/prompts';

/** What is written with a model. */
export interface SampleOptions {
  /** Texts (default 1). */
  readonly count?: number;
  /** What every text begins with. */
  readonly prompt?: string;
  /** Text with holes instead: each `_` is a token to write, `\_` an underscore. */
  readonly template?: string;
  /**
   * Text with holes that ends where it ends: `[[5]]` is a hole of five tokens, `[[2-8]]` of two to eight, `[[?]]` of as many as fit
   * what stands around it best, up to 32. What is given stands in the text to the letter.
   */
  readonly infill?: string;
  /** Tokens of a text (default: those of the model); more than it reads with `sampling.block`. At most so many with `infill`. */
  readonly length?: number;
  /** Steps from noise to text; not of an autoregressive model (default: `sampling.steps`). */
  readonly steps?: number;
  /** Further settings of `sampling`, such as `{ temperature: 0.8 }`. */
  readonly sampling?: ConfigValues['sampling'];
  /** Seed of the texts (default: that of the configuration). */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** A model with what it is used with; one that writes from left to right belongs to no kind of diffusion. */
function fitted(
  given: GivenModel,
  loaded: LoadedConfig,
): Pick<ModelInUse, 'config' | 'tokenizer'> & Partial<ModelInUse> {
  return given.model.network.config.causal
    ? { config: loaded.config, tokenizer: given.tokenizer }
    : fitModel({ ...given, loaded });
}

/** The configuration with the settings of some texts; what set its family is as before. */
function withSettings(loaded: LoadedConfig, { steps, sampling, seed }: SampleOptions): LoadedConfig {
  const set = {
    sampling: { ...sampling, ...(steps === undefined ? {} : { steps }) },
    ...(seed === undefined ? {} : { seed }),
  };
  return {
    ...loaded,
    config: resolveConfig({ base: { config: loaded.config, name: 'the configuration' }, set }).config,
  };
}

async function givenText(
  { prompt, template, infill }: SampleOptions,
  tokenizer: Tokenizer,
  model: GivenModel,
  config: Config,
): Promise<GivenText | InfillText> {
  const several = Object.entries({ prompt, template, infill }).filter(([, text]) => text !== undefined);
  if (several.length > 1)
    throw new InputError(`Of ${listed(several.map(([name]) => name))} one is given, not several.`);
  const prompting = await readPrompting(model, model.records, config);
  if (infill !== undefined) return encodeInfill(infill, tokenizer, prompting);
  return template === undefined
    ? encodePrompt(prompt ?? '', tokenizer, prompting)
    : encodeTemplate(template, tokenizer, prompting);
}

/** @throws InputError unless it is a whole number from 1 on, at most `most` */
function requireCount(name: string, value: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  const limit = most === Number.MAX_SAFE_INTEGER ? 'at least 1' : `from 1 to ${most}`;
  throw new InputError(`${name} is a whole number, ${limit}; ${value} was given.`);
}

/** What texts are written with. */
interface Writing {
  readonly writer: Writer;
  readonly given: GivenText;
  /** A whole text as it is told. */
  readonly textOf: (tokens: Int32Array) => string;
  readonly length: number;
  readonly count: number;
  /** Texts that are written at once. */
  readonly most: number;
  readonly signal?: AbortSignal;
}

async function writeAll({ writer, given, textOf, length, count, most, signal }: Writing): Promise<string[]> {
  const texts: string[] = [];
  for (let firstRow = 0; firstRow < count; firstRow += most) {
    const rows = { batch: Math.min(most, count - firstRow), firstRow, length };
    const { tokens } = await writer.writeAll({ ...rows, clamp: clampOf(() => given, rows), signal });
    for (let i = 0; i < rows.batch; i++)
      texts.push(textOf(tokens.subarray(i * length, (i + 1) * length).filter((token) => token !== FREE)));
  }
  return texts;
}

/** What is given, how long texts are then, and how they are told. */
async function settled(
  given: GivenText | InfillText,
  length: number,
  { writer, tokenizer }: { readonly writer: Writer; readonly tokenizer: Tokenizer },
): Promise<Pick<Writing, 'given' | 'length' | 'textOf'>> {
  if ('clamp' in given) return { given, length, textOf: (tokens) => withoutTrailingSpaces(tokenizer.decode(tokens)) };
  const fitted = await fitInfill(given, writer, tokenizer, length);
  return { given: fitted.given, length: fitted.given.clamp.length, textOf: fitted.filled };
}

/** What writes so many texts: the engine that is given, else what does it soonest. */
async function runtimeFor(
  { model: { network }, stored }: GivenModel,
  loaded: LoadedConfig,
  count: number,
  engine?: Engine,
): Promise<Runtime> {
  if (engine) return { kind: 'engine', engine };
  const multiplications = multiplicationsOf(network, { count, steps: loaded.config.sampling.steps });
  return chooseRuntime({ loaded, network, stored, multiplications }, () => openConfigured(loaded));
}

/**
 * Writes texts with a model.
 * @param engine what computes (default: what does it soonest)
 * @throws InputError for settings that there are not, and what leaves no room
 */
export async function sampleFrom(
  model: GivenModel,
  loaded: LoadedConfig,
  engine: Engine | undefined,
  options: SampleOptions,
): Promise<string[]> {
  const configured = withSettings(loaded, options);
  const { config, tokenizer, diffusion } = fitted(model, configured);
  const { count = 1, length = textLength(model.model.network.config), signal } = options;
  requireCount('The count of texts', count);
  requireCount('The length of a text', length, longestText(config, model.model.network));
  const given = await givenText(options, tokenizer, model, config);
  requireRoom([given], length);
  const runtime = await runtimeFor(model, configured, count, engine);
  const writer = await openWriter({ ...model, config, tokenizer, diffusion, runtime, count, given: [given] });
  try {
    const texts = await settled(given, length, { writer, tokenizer });
    return await writeAll({ writer, ...texts, count, most: config.sampling.batch, signal });
  } finally {
    writer.dispose();
  }
}
