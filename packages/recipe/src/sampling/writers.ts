import { InputError, type NetworkDescription, randomStream } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { parameterCount } from '@idlm/denoiser';
import { type ModelDescription, readWeights } from '@idlm/denoiser/node';
import type { Engine } from '@idlm/engine';
import {
  type Frame,
  type Sample,
  sample,
  sampleAll,
  sampleAllAutoregressive,
  sampleAutoregressive,
} from '@idlm/samplers';
import type { Config } from '../config/schema';
import { baselineEnvironment, loadBaseline } from '../models/baseline';
import { FIRST_TOKEN } from '../models/first-token';
import { familyFor } from '../models/network';
import { configuredSampling, configuredShaper } from './configured';
import { type Denoisers, openDenoisers } from './denoisers';
import { behindRowStart } from './row-start';

/** Texts to write at once. */
export interface WriteRequest {
  readonly batch: number;
  readonly length: number;
  /** Index of the first of them among all. */
  readonly firstRow: number;
  readonly clamp?: Int32Array;
  readonly signal: AbortSignal;
}

/** A loaded model that writes text, of whatever kind. */
export interface Writer {
  readonly network: NetworkDescription;
  /** Steps of texts of so many tokens. */
  steps(length: number): number;
  /** Texts with every step on the way. */
  write(request: WriteRequest): AsyncGenerator<Frame, Sample>;
  /** The same texts at once, which takes less time. */
  writeAll(request: WriteRequest): Promise<Sample>;
  dispose(): void;
}

/** What a writer is opened from. */
export interface WriterOptions {
  /** With the family of the model, in whose vocabulary the tokenizer is. */
  readonly config: Config;
  readonly folder: string;
  readonly model: ModelDescription;
  readonly tokenizer: Tokenizer;
  readonly engine: Engine;
  /** Texts that will be written. */
  readonly count: number;
  /** Whether all texts begin with a prompt. */
  readonly hasPrompt: boolean;
}

const randomOf = ({ seed }: Config) => randomStream(seed).split('sample');

/** What computes all texts of a network that takes so many steps. */
function denoisersFor({ config, engine, count }: WriterOptions, network: NetworkDescription, steps: number): Denoisers {
  return openDenoisers(
    { config, engine },
    {
      rows: Math.min(count, config.sampling.batch),
      multiplications: parameterCount(network) * count * network.config.length * steps,
    },
  );
}

async function diffusionWriter(options: WriterOptions): Promise<Writer> {
  const { config, folder, model, tokenizer } = options;
  const { network } = model;
  const { parameters } = await readWeights(folder, network);
  const { steps } = config.sampling;
  const family = familyFor(config, tokenizer);
  const { sampler, shape, maxRows, grid } = configuredSampling(config, family);
  const denoisers = denoisersFor(options, network, steps);
  const denoise = denoisers.of({ network, parameters, schedule: family.schedule });
  const environment = {
    ...{ denoise, family, shape },
    network: `The model in ${folder}`,
    timeConditioned: network.config.timeConditioned,
    random: randomOf(config),
  };
  const requestOf = ({ clamp, ...request }: WriteRequest) => ({
    ...request,
    sampler,
    environment: { ...environment, clamp },
    grid: grid(steps),
    maxRows,
  });
  return {
    network,
    steps: () => steps,
    write: (request) => sample(requestOf(request)),
    writeAll: (request) => sampleAll(requestOf(request)),
    dispose: denoisers.dispose,
  };
}

async function autoregressiveWriter(options: WriterOptions): Promise<Writer> {
  const { config, folder, tokenizer, hasPrompt } = options;
  const baseline = await loadBaseline(folder, tokenizer, ({ config: { vocabSize } }) => {
    // With a prompt, the first token is never drawn.
    if (hasPrompt) return new Float64Array(vocabSize);
    throw new InputError(
      `${folder} has no ${FIRST_TOKEN}, from which first tokens are drawn; give a --prompt, or train the scorer again.`,
    );
  });
  const denoisers = denoisersFor(options, baseline.network, baseline.network.config.length);
  const model = baselineEnvironment(baseline, denoisers);
  const [random, shape, maxRows] = [randomOf(config), configuredShaper(config.sampling), config.sampling.batch];
  const requestOf = ({ clamp, ...request }: WriteRequest) => ({
    ...request,
    environment: { ...model, network: `The model in ${folder}`, random, shape, clamp },
    maxRows,
  });
  return {
    network: baseline.network,
    steps: (length) => length,
    write: (request) => sampleAutoregressive(requestOf(request)),
    writeAll: (request) => sampleAllAutoregressive(requestOf(request)),
    dispose: denoisers.dispose,
  };
}

/**
 * Opens a model's folder to write with: a diffusion model by its sampler, an autoregressive one from left to right.
 * @throws InputError if its weights are damaged
 */
export async function openWriter(options: WriterOptions): Promise<Writer> {
  const { causal, rowStart } = options.model.network.config;
  const writer = causal
    ? await autoregressiveWriter({ ...options, hasPrompt: options.hasPrompt || rowStart !== undefined })
    : await diffusionWriter(options);
  return rowStart === undefined ? writer : behindRowStart(writer, rowStart);
}
