import {
  FEW_LOGITS,
  type Family,
  LOGITS_OF_PART,
  type NetworkDescription,
  feedBytes,
  markBatch,
  noiseOf,
  randomStream,
} from '@idlm/core-diffusion';
import { LARGE_NETWORK, isDit, parameterCount } from '@idlm/denoiser';
import type { EngineName } from '@idlm/engine';
import type { PreparedCorpus } from '../text/corpus';

/** What is known of a run before it begins. */
export interface RunSize {
  readonly engine: EngineName;
  readonly network: NetworkDescription;
  /** Networks that are trained, and those that are only run. */
  readonly trained: number;
  readonly frozen: number;
  /** Trained networks that keep an average of their weights (default: all). */
  readonly averaged?: number;
  /** Copies of weights that are only kept, such as those of a teacher that another one replaces (default 0). */
  readonly kept?: number;
  /** Sequences of a batch, and the batches whose gradients make an update. */
  readonly batch: number;
  readonly accumulate: number;
  /** Share of positions whose logits a step computes. */
  readonly predicted: number;
  /** Bytes of what a step draws for each token (default 0): much where noise has a number for each entry of the vocabulary. */
  readonly drawn?: number;
  /** Bytes of the tokens of the text. */
  readonly text: number;
}

/** Estimated bytes of a run at its peak, by what takes them. */
export interface MemoryParts {
  /** Node, the engine and what both keep for reuse: compiled steps, collected late. */
  readonly process: number;
  /**
   * Weights, their average, AdamW's two moments, gradients and the next weights of each trained network, where large ones have no next
   * ones, and gradients of one at a time; weights of the others.
   */
  readonly networks: number;
  /** What the blocks of one transformer keep for the gradient, and the gradients of it; 0 for other networks. */
  readonly activations: number;
  /** Logits of the predicted positions, with what the loss makes of them. */
  readonly logits: number;
  /** What the steps of an update draw. */
  readonly draws: number;
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

/** Of a large one, which is updated tensor by tensor: weights, average and two moments. */
const LARGE_COPIES = 4;

/** Numbers of a logit of a part, with what oneDNN keeps of products of its size. */
const PART_KEEPS = 12;

/** Copies of weights in all. */
function copiesOf({ network, trained, frozen, averaged = trained, kept = 0, accumulate }: RunSize): number {
  const [unaveraged, others] = [trained - averaged, frozen + kept];
  if (parameterCount(network) < LARGE_NETWORK) return COPIES * trained - 2 * unaveraged + others;
  return LARGE_COPIES * trained - unaveraged + others + (accumulate > 1 ? 2 : 1);
}

/** Numbers of logits and of what losses make of them. */
function logitsKept({ network, trained, frozen, batch, predicted }: RunSize, { logits }: Keeping): number {
  const { length, vocabSize } = network.config;
  const all = batch * length * predicted * vocabSize;
  if (!isDit(network) || all <= FEW_LOGITS) return all * logits * (trained + frozen);
  // The head's gradient so far, and that of a part.
  return LOGITS_OF_PART * PART_KEEPS + 2 * vocabSize * network.config.hidden;
}

/** Numbers that the blocks of a transformer keep of a token; of other networks they are not known. */
function keptPerToken(network: NetworkDescription, { channels, attention }: Keeping): number {
  if (!isDit(network)) return 0;
  const { hidden, blocks, heads, length } = network.config;
  const ofBlock = channels * hidden + attention * heads * Math.min(length, ATTENTION_LENGTH);
  // Large networks keep what enters a block, and compute one block at a time again.
  return parameterCount(network) < LARGE_NETWORK ? blocks * ofBlock : blocks * hidden + ofBlock;
}

/** Estimates the memory of a run from its sizes alone: nothing is opened or loaded. */
export function estimateMemory(run: RunSize): MemoryParts {
  const { engine, network, trained, batch, accumulate, drawn = 0, text } = run;
  const keeping = KEEPING[engine];
  const tokens = batch * network.config.length;
  return {
    process: keeping.process + (trained > 1 ? keeping.distillation : 0),
    networks: BYTES * parameterCount(network) * copiesOf(run),
    activations: BYTES * tokens * keptPerToken(network, keeping),
    logits: BYTES * logitsKept(run, keeping),
    draws: tokens * drawn * accumulate,
    text,
  };
}

/** Share of positions whose logits a step computes: masks are half of a batch on average, other noise may be anywhere. */
export const predictedShare = ({ process }: Family): number => (process.unmasking ? 0.5 : 1);

/** Bytes that a family draws for each token in training, as it does before any update. */
export function drawnPerToken(family: Family): number {
  const one = markBatch({ ids: Int32Array.of(0), batch: 1, length: 1 });
  return feedBytes(noiseOf(family, one, Float64Array.of(0.5), randomStream(0), { update: 0 }));
}

/** Bytes of the tokens of a text. */
export const textBytes = ({ bytes }: PreparedCorpus): number => bytes;

/** All parts together. */
export const memoryInAll = (parts: MemoryParts): number =>
  Object.values<number>({ ...parts }).reduce((sum, part) => sum + part, 0);
