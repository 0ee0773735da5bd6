import { type Family, InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { type Communicator, oneRank } from '@idlm/core-diffusion/ranks';
import { parameterCount } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import {
  FREE,
  type Network,
  holeLength,
  sample,
  sampleAll,
  sampleAllAutoregressive,
  sampleAllBlocks,
  sampleAutoregressive,
  sampleBlocks,
} from '@idlm/samplers';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema';
import { loadBaseline } from '../models/baseline';
import { FIRST_TOKEN } from '../models/first-token';
import type { ModelFiles } from '../models/model-files';
import type { Diffusion } from '../resolved/diffusion';
import { configuredShaper } from '../resolved/sampling';
import { streamsOf } from '../resolved/streams';
import type { InfillText } from '../text/infill';
import type { GivenText } from '../text/prompts';
import { type Denoisers, openDenoisers } from './denoisers';
import { drawnByRanks } from './drawn-by-ranks';
import { hasTextBehindHole, haveBeginnings, isAnyGiven } from './given';
import { checkGuidance, configuredGuide } from './guidance';
import { baselineEnvironment } from './left-to-right';
import { withPattern } from './pattern';
import { behindRowStart } from './row-start';
import { type Runtime, openOnnxNetwork } from './runtime';
import type { WriteRequest, Writer } from './writer';

/** What a writer is opened from: a model with its tokenizer in the vocabulary that the network has. */
export interface WriterOptions extends ModelFiles {
  /** With the family of the model. */
  readonly config: Config;
  /** The kind of diffusion of the model, and how it is sampled; undefined for one that writes from left to right. */
  readonly diffusion: Diffusion | undefined;
  /** What the network runs on; one that writes from left to right runs on the engine. */
  readonly runtime: Runtime;
  /** Texts that will be written. */
  readonly count: number;
  /** What they are given, such as prompts: each something of its own, or all the same. */
  readonly given: readonly (GivenText | InfillText)[];
  /** The model that guidance leads away from, where another is (`sampling.unconditional`). */
  readonly unconditional?: ModelFiles;
  /** Processes that share the texts that are written at once (default: this one alone); each text on its way is written by all. */
  readonly ranks?: Communicator;
}

/** Multiplications of all texts of a network that takes so many steps; at most so many. */
export const multiplicationsOf = (
  network: NetworkDescription,
  { count, steps }: { readonly count: number; readonly steps: number },
): number => parameterCount(network) * count * network.config.length * steps;

/** What computes all texts of a network that takes so many steps, on the engine. */
function denoisersFor(
  { config, count }: WriterOptions,
  engine: Engine,
  network: NetworkDescription,
  steps: number,
): Denoisers {
  const load = {
    rows: Math.min(count, config.sampling.batch),
    multiplications: multiplicationsOf(network, { count, steps }),
  };
  return openDenoisers({ config, engine }, load);
}

/** The network of a diffusion model, as samplers see it, on what is to run it. */
async function openNetwork(options: WriterOptions, { schedule }: Family): Promise<Network & { dispose(): void }> {
  const { config, model, stored, runtime } = options;
  const { network } = model;
  if (runtime.kind === 'onnx')
    return openOnnxNetwork({
      network,
      stored,
      schedule,
      library: runtime.library,
      threads: config.engine.threads ?? undefined,
    });
  const denoisers = denoisersFor(options, runtime.engine, network, config.sampling.steps);
  const parameters = await stored.read();
  return {
    ...denoisers.of({ network, parameters, schedule }),
    dispose() {
      denoisers.dispose();
      tf.dispose(parameters);
    },
  };
}

/**
 * How texts are written in blocks; undefined where they are written at once.
 * @throws InputError for blocks that are held to a pattern, which would have to see all of the text, and for holes, which would have to
 * see what stands behind them
 */
function blocksOf({ config, model, tokenizer, given }: WriterOptions) {
  const { block, pattern } = config.sampling;
  if (block === null) return undefined;
  if (!given.every((one) => 'clamp' in one))
    throw new InputError('A block does not see what stands behind it; leave out --infill or --block.');
  if (given.some(hasTextBehindHole))
    throw new InputError(
      'A block does not see what stands behind it; leave out --block, or the text behind the holes of --template.',
    );
  if (pattern !== null)
    throw new InputError(
      'A pattern is of a whole text, and a block sees a part of it; leave out --pattern or --block.',
    );
  return { block, window: model.network.config.length, endId: tokenizer.endOfTextId };
}

async function diffusionWriter(options: WriterOptions, { family, sampling }: Diffusion): Promise<Writer> {
  const { config, folder, model, tokenizer, unconditional, given } = options;
  const { network } = model;
  const { steps } = config.sampling;
  const { sampler, maxRows, grid } = sampling;
  const used = { config, folder, model, tokenizer, family };
  checkGuidance(used, { unconditional, isGiven: isAnyGiven(given) });
  const inBlocks = blocksOf(options);
  const shape = await withPattern(sampling.shape, config.sampling, tokenizer);
  const denoise = await openNetwork(options, family);
  const other = unconditional && (await openNetwork({ ...options, ...unconditional }, family));
  const guide = await configuredGuide(used, other);
  const environment = {
    ...{ denoise, family, shape },
    network: `The model in ${folder}`,
    timeConditioned: [model, unconditional?.model].some((used) => used?.network.config.timeConditioned),
    random: streamsOf(config).texts(),
  };
  const requestOf = (asked: WriteRequest) => {
    const { clamp, ...request } = asked;
    const guiding = guide ? { denoise: guide(denoise, asked) } : {};
    return { ...request, sampler, environment: { ...environment, ...guiding, clamp }, grid: grid(steps), maxRows };
  };
  return {
    network,
    steps: () => steps,
    write: (request) => (inBlocks ? sampleBlocks({ ...requestOf(request), ...inBlocks }) : sample(requestOf(request))),
    writeAll: (request) =>
      inBlocks ? sampleAllBlocks({ ...requestOf(request), ...inBlocks }) : sampleAll(requestOf(request)),
    async holeLength({ before, ...hole }) {
      const masked = Array.from(before, (token) => (token === FREE ? family.process.maskId! : token));
      return (await holeLength(environment, { ...hole, before: masked, window: network.config.length })).length;
    },
    dispose() {
      denoise.dispose();
      other?.dispose();
    },
  };
}

/** @throws InputError unless it is the engine */
function requireEngine({ runtime, folder }: WriterOptions): Engine {
  if (runtime.kind === 'engine') return runtime.engine;
  throw new InputError(
    `${folder} writes from left to right, which ONNX Runtime does not run; leave sampling.runtime out.`,
  );
}

async function autoregressiveWriter(options: WriterOptions): Promise<Writer> {
  const { config, folder, tokenizer, model: read, given } = options;
  const baseline = await loadBaseline(options, tokenizer, ({ config: { vocabSize } }) => {
    // With a prompt or a row's start, the first token is never drawn.
    if (read.network.config.rowStart !== undefined || haveBeginnings(given)) return new Float64Array(vocabSize);
    throw new InputError(
      `${folder} has no ${FIRST_TOKEN}, from which first tokens are drawn; give a --prompt, or train the scorer again.`,
    );
  });
  const engine = requireEngine(options);
  const denoisers = denoisersFor(options, engine, baseline.network, baseline.network.config.length);
  const model = baselineEnvironment(baseline, denoisers);
  const shape = await withPattern(configuredShaper(config.sampling, tokenizer), config.sampling, tokenizer);
  const [random, maxRows] = [streamsOf(config).texts(), config.sampling.batch];
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
    dispose() {
      denoisers.dispose();
      tf.dispose(baseline.parameters);
    },
  };
}

/** A writer of which each rank writes some rows. */
const sharedWriter = (writer: Writer, ranks: Communicator): Writer => ({
  ...writer,
  writeAll: ({ batch, firstRow, clamp, ...request }) =>
    drawnByRanks(ranks, { batch, firstRow, clamp, length: request.length }, (rows) =>
      writer.writeAll({ ...request, ...rows }),
    ),
});

/**
 * Opens a model's folder to write with: a diffusion model by its sampler, an autoregressive one from left to right.
 * @throws InputError if its weights are damaged, and for guidance that cannot be
 */
export async function openWriter(options: WriterOptions): Promise<Writer> {
  const { rowStart } = options.model.network.config;
  const writer = options.diffusion
    ? await diffusionWriter(options, options.diffusion)
    : await autoregressiveWriter(options);
  const whole = rowStart === undefined ? writer : behindRowStart(writer, rowStart);
  return sharedWriter(whole, options.ranks ?? oneRank);
}
