import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { parameterCount } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { sample, sampleAll, sampleAllAutoregressive, sampleAutoregressive } from '@idlm/samplers';
import type { Config } from '../config/schema';
import { loadBaseline } from '../models/baseline';
import { FIRST_TOKEN } from '../models/first-token';
import type { ModelFiles } from '../models/model-files';
import type { Diffusion } from '../resolved/diffusion';
import { configuredShaper } from '../resolved/sampling';
import { streamsOf } from '../resolved/streams';
import { type Denoisers, openDenoisers } from './denoisers';
import { baselineEnvironment } from './left-to-right';
import { behindRowStart } from './row-start';
import type { WriteRequest, Writer } from './writer';

/** What a writer is opened from: a model with its tokenizer in the vocabulary that the network has. */
export interface WriterOptions extends ModelFiles {
  /** With the family of the model. */
  readonly config: Config;
  /** The kind of diffusion of the model, and how it is sampled; undefined for one that writes from left to right. */
  readonly diffusion: Diffusion | undefined;
  readonly engine: Engine;
  /** Texts that will be written. */
  readonly count: number;
  /** Whether all texts begin with a prompt. */
  readonly hasPrompt: boolean;
}

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

async function diffusionWriter(options: WriterOptions, { family, sampling }: Diffusion): Promise<Writer> {
  const { config, folder, model, stored } = options;
  const { network } = model;
  const parameters = await stored.read();
  const { steps } = config.sampling;
  const { sampler, shape, maxRows, grid } = sampling;
  const denoisers = denoisersFor(options, network, steps);
  const denoise = denoisers.of({ network, parameters, schedule: family.schedule });
  const environment = {
    ...{ denoise, family, shape },
    network: `The model in ${folder}`,
    timeConditioned: network.config.timeConditioned,
    random: streamsOf(config).texts(),
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
  const baseline = await loadBaseline(options, tokenizer, ({ config: { vocabSize } }) => {
    // With a prompt, the first token is never drawn.
    if (hasPrompt) return new Float64Array(vocabSize);
    throw new InputError(
      `${folder} has no ${FIRST_TOKEN}, from which first tokens are drawn; give a --prompt, or train the scorer again.`,
    );
  });
  const denoisers = denoisersFor(options, baseline.network, baseline.network.config.length);
  const model = baselineEnvironment(baseline, denoisers);
  const [random, shape, maxRows] = [
    streamsOf(config).texts(),
    configuredShaper(config.sampling),
    config.sampling.batch,
  ];
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
  const { rowStart } = options.model.network.config;
  const writer = options.diffusion
    ? await diffusionWriter(options, options.diffusion)
    : await autoregressiveWriter({ ...options, hasPrompt: options.hasPrompt || rowStart !== undefined });
  return rowStart === undefined ? writer : behindRowStart(writer, rowStart);
}
