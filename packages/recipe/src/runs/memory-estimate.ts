import type { Family, NetworkDescription } from '@idlm/core-diffusion';
import { isDit, parameterCount } from '@idlm/denoiser';
import type { EngineName } from '@idlm/engine';
import type { PreparedCorpus } from '../text/corpus';

/** What is known of a run before it begins. */
export interface RunSize {
  readonly engine: EngineName;
  readonly network: NetworkDescription;
  /** Networks that are trained, and those that are only run. */
  readonly trained: number;
  readonly frozen: number;
  /** Sequences of a batch, and the batches whose gradients make an update. */
  readonly batch: number;
  readonly accumulate: number;
  /** Share of positions whose logits a step computes. */
  readonly predicted: number;
  /** Bytes of the tokens of the text. */
  readonly text: number;
}

/** Estimated bytes of a run at its peak, by what takes them. */
export interface MemoryParts {
  /** Node, the engine and what both keep for reuse: compiled steps, collected late. */
  readonly process: number;
  /** Weights, their average, AdamW's two moments, gradients and the next weights of each trained network; weights of the others. */
  readonly networks: number;
  /** What the blocks of one transformer keep for the gradient, and the gradients of it; 0 for other networks. */
  readonly activations: number;
  /** Logits of the predicted positions, with what the loss makes of them. */
  readonly logits: number;
  readonly text: number;
}

/** How much an engine keeps, in bytes and in numbers. */
interface Keeping {
  /** Process with the engine open and a step compiled. */
  readonly process: number;
  /** Lists of shapes that distillation compiles beyond those of training. */
  readonly distillation: number;
  /** Numbers of a token, channel and block. */
  readonly channels: number;
  /** Numbers of a pair of positions, head and block. */
  readonly attention: number;
  /** Numbers of a logit. */
  readonly logits: number;
}

/**
 * Fitted to peaks of whole processes (docs/performance.md). Compiled steps free what no later operation needs; without
 * compilation every intermediate result of a step, forward and backward, is there until its end.
 */
const OP_BY_OP = { distillation: 0, channels: 127, attention: 10, logits: 10 };
const KEEPING: Readonly<Record<EngineName, Keeping>> = {
  native: { process: 560e6, distillation: 120e6, channels: 18, attention: 2, logits: 5 },
  wasm: { process: 190e6, ...OP_BY_OP },
  cpu: { process: 190e6, ...OP_BY_OP },
};

/** Beyond it attention goes block by block of queries, and keeps no more than at this length. */
const ATTENTION_LENGTH = 256;

const BYTES = 4;

/** Copies of a trained network: weights, average, two moments, gradients, and the next weights beside the last. */
const COPIES = 6;

/** Numbers that the blocks of a transformer keep of a token; of other networks they are not known. */
function keptPerToken(network: NetworkDescription, { channels, attention }: Keeping): number {
  if (!isDit(network)) return 0;
  const { hidden, blocks, heads, length } = network.config;
  return blocks * (channels * hidden + attention * heads * Math.min(length, ATTENTION_LENGTH));
}

/** Estimates the memory of a run from its sizes alone: nothing is opened or loaded. */
export function estimateMemory({ engine, network, trained, frozen, batch, predicted, text }: RunSize): MemoryParts {
  const keeping = KEEPING[engine];
  const { length, vocabSize } = network.config;
  const tokens = batch * length;
  return {
    process: keeping.process + (trained > 1 ? keeping.distillation : 0),
    networks: BYTES * parameterCount(network) * (COPIES * trained + frozen),
    activations: BYTES * tokens * keptPerToken(network, keeping),
    logits: BYTES * tokens * predicted * vocabSize * keeping.logits * (trained + frozen),
    text,
  };
}

/** Share of positions whose logits a step computes: masks are half of a batch on average, other noise may be anywhere. */
export const predictedShare = ({ process }: Family): number => (process.unmasking ? 0.5 : 1);

/** Bytes of the tokens of a text. */
export const textBytes = ({ bytes }: PreparedCorpus): number => bytes;

/** All parts together. */
export const memoryInAll = (parts: MemoryParts): number =>
  Object.values<number>({ ...parts }).reduce((sum, part) => sum + part, 0);
