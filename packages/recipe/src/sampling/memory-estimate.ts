import type { NetworkDescription } from '@idlm/core-diffusion';
import { FEW_LOGITS_OF_CALL, LOGITS_OF_CALL_PART, isDit, parameterCount, scoresAtOnce } from '@idlm/denoiser';
import type { EngineName } from '@idlm/engine';

/** What can run a network that writes. */
export type RuntimeName = EngineName | 'onnx';

/** What is known of sampling before it begins. */
export interface SamplingSize {
  readonly runtime: RuntimeName;
  /** Networks that write, whose weights are in memory together. */
  readonly networks: readonly NetworkDescription[];
  /** The network that judges, where one does: of this thread alone. */
  readonly judge?: NetworkDescription;
  /** Rows of the largest call, and the tokens of each. */
  readonly rows: number;
  readonly length: number;
  /** Positions of a row whose logits it makes. */
  readonly positions: number;
  /** Threads of WASM that answer, each with weights of its own beside those of this thread and those that are shared (default 0). */
  readonly workers?: number;
}

/** Estimated bytes of sampling at its peak, by what takes them. */
export interface SamplingMemory {
  /** Node, the runtime and the tokenizer. */
  readonly process: number;
  /** Weights in float32. */
  readonly networks: number;
  /** What the blocks of a transformer hold at once; 0 for other networks. */
  readonly activations: number;
  /** Logits of a call, on an engine and in JavaScript, and those of the call before. */
  readonly logits: number;
}

/** A process with its runtime open and a call compiled, fitted to peaks of whole processes (docs/performance.md). */
const PROCESS: Readonly<Record<RuntimeName, number>> = { native: 400e6, wasm: 130e6, cpu: 130e6, onnx: 155e6 };

/** A thread with its runtime open. */
const WORKER = 60e6;

/** Bytes that a tokenizer holds for each entry of its vocabulary. */
const OF_TOKEN = 1000;

const BYTES = 4;

/** Numbers of a token and channel: a block's input, queries, keys and values, its first layer behind, and what they are made into. */
const CHANNELS = 14;

/** Numbers of attention's scores, which are held twice: those of one block of queries on engines. */
const scoresOf = (runtime: RuntimeName, heads: number, { rows, length }: SamplingSize): number =>
  2 * (runtime === 'onnx' ? rows * heads * length ** 2 : scoresAtOnce(rows * heads, length));

function activationsOf(network: NetworkDescription, size: SamplingSize): number {
  if (!isDit(network)) return 0;
  const { hidden, heads } = network.config;
  return size.rows * size.length * CHANNELS * hidden + scoresOf(size.runtime, heads, size);
}

/** Numbers of logits: on ONNX Runtime where JavaScript has them, of many of an engine all in JavaScript and two copies of a part. */
function logitsOf(network: NetworkDescription, { runtime, rows, positions }: SamplingSize): number {
  const all = rows * positions * network.config.vocabSize;
  if (runtime === 'onnx') return all;
  return isDit(network) && all > FEW_LOGITS_OF_CALL ? all + 2 * LOGITS_OF_CALL_PART : 3 * all;
}

const mostOf = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

/** Estimates the memory of sampling from its sizes alone: nothing is opened or loaded. */
export function estimateSampling(size: SamplingSize): SamplingMemory {
  const { runtime, networks, judge, workers = 0 } = size;
  const copies = (network: NetworkDescription) => (workers && isDit(network) ? workers + 2 : 1);
  const all = [...networks, ...(judge ? [judge] : [])];
  const weights = networks.reduce((sum, network) => sum + copies(network) * parameterCount(network), 0);
  const entries = mostOf(all.map(({ config }) => config.vocabSize));
  return {
    process: PROCESS[runtime] + WORKER * workers + OF_TOKEN * entries,
    networks: BYTES * (weights + (judge ? parameterCount(judge) : 0)),
    activations: BYTES * mostOf(all.map((network) => activationsOf(network, size))),
    logits: BYTES * mostOf(all.map((network) => logitsOf(network, size))),
  };
}
