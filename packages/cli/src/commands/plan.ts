import { parameterCount } from '@idlm/denoiser';
import type { EngineName } from '@idlm/engine';
import { type MemoryParts, type RunSize, estimateMemory, memoryInAll } from '@idlm/recipe/runs';
import { bytes, duration, short } from '../terminal';

/** What a run would do, before anything is done. */
export interface Plan {
  readonly what: string;
  readonly parameters: number;
  /** Networks that are trained, and those that are only run. */
  readonly trained: number;
  readonly frozen: number;
  readonly updates: number;
  readonly tokensPerUpdate: number;
  /** Estimated bytes of the process at its peak, and what takes them. */
  readonly memory: number;
  readonly memoryParts: MemoryParts;
  readonly engine: RunSize['engine'];
  /** Estimated floating-point operations in all: 6 per parameter and token trained, 2 per one only run. */
  readonly operations: number;
  /** What may keep the run from being done as it is, in a sentence; absent where nothing is known to. */
  readonly obstacle?: string;
}

/** Bytes of tensors that WASM holds at most: its addresses end at 4 GiB, and the engine refuses what lies beyond. */
const WASM_TENSORS = 3.8 * 2 ** 30;

/** Share of it from which on a run may not fit: estimates are within a quarter of what was measured. */
const NEAR = 0.8;

/** Says that a run may be refused for the tensors that it needs. */
function obstacleOf(engine: EngineName, { networks, activations, logits }: MemoryParts): string | undefined {
  const tensors = networks + activations + logits;
  if (engine !== 'wasm' || tensors < NEAR * WASM_TENSORS) return undefined;
  return `WASM holds at most ${bytes(WASM_TENSORS)} of tensors, and this run needs about ${bytes(tensors)}, so that it may be refused: lower the batch, data.length or the sizes of the model, or choose the native engine.`;
}

/** Estimates a run. @param steps training steps of an update */
export function planRun(what: string, run: RunSize & { readonly updates: number; readonly steps: number }): Plan {
  const { engine, network, trained, frozen, updates, batch, accumulate, steps } = run;
  const parameters = parameterCount(network);
  const tokensPerUpdate = batch * accumulate * network.config.length * steps;
  const memoryParts = estimateMemory(run);
  const obstacle = obstacleOf(engine, memoryParts);
  return {
    ...{ what, parameters, trained, frozen, updates, tokensPerUpdate, engine, memoryParts },
    memory: memoryInAll(memoryParts),
    operations: updates * tokensPerUpdate * parameters * (6 + 2 * (trained + frozen - 1)),
    ...(obstacle === undefined ? {} : { obstacle }),
  };
}

const describeMemory = ({ process, networks, activations, logits, draws, text }: MemoryParts): string =>
  [
    `${bytes(process)} of the process`,
    `${bytes(networks)} of weights, averages, moments and gradients`,
    `${bytes(activations + logits + draws)} of activations, logits and draws`,
    `${bytes(text)} of text`,
  ].join(', ');

/** Rate of products of matrices that times are told for, as "idlm engine info" measures it, in operations a second; a run makes about a third of it. */
const [RATE, SHARE] = [100e9, 0.3];

/** Seconds that operations take at the rate that times are told for. */
export const secondsOf = (operations: number): number => operations / (RATE * SHARE);

/** The time of operations, in words: how fast the machine is only an open engine could tell. */
export const describeTime = (operations: number): string =>
  `time: about ${duration(60 * Math.ceil(secondsOf(operations) / 60))} where "idlm engine info" measures ${RATE / 1e9} GFLOP/s, and in proportion elsewhere`;

/** A plan in words. */
export function describePlan(plan: Plan): string {
  return [
    `${plan.what}: ${plan.updates} updates of ${short(plan.tokensPerUpdate)} tokens`,
    `parameters: ${short(plan.parameters)} per network, ${plan.trained} trained and ${plan.frozen} only run`,
    `memory: about ${bytes(plan.memory)} at its peak on ${plan.engine}: ${describeMemory(plan.memoryParts)}`,
    ...(plan.obstacle === undefined ? [] : [`beware: ${plan.obstacle}`]),
    describeTime(plan.operations),
  ].join('\n');
}
