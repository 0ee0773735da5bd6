import { setMaxListeners } from 'node:events';
import { FREE, randomStream } from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import type { WritingPlan } from './plan';
import { type WritingNetworks, rowNetwork } from './row-network';
import type { Semaphore } from '../semaphore';
import { type RowState, writeRow } from './write-row';

/** The texts of a request as they stand. Whoever reads late finds the latest, so that nothing is kept for slow readers. */
export interface Writing {
  /** The latest of each text. */
  readonly rows: readonly RowState[];
  /** Counts the changes so far. */
  version(): number;
  /** Whether all texts are finished. */
  isFinished(): boolean;
  /** Waits until there are more changes, or all texts are finished. @throws what made a text fail */
  newerThan(version: number): Promise<void>;
}

/** What texts are written with. */
export interface WritingMeans extends WritingNetworks {
  readonly model: ServedModel;
  /** Places of texts under way. */
  readonly semaphore: Semaphore;
  /** Ends it all. */
  readonly signal: AbortSignal;
  /** Is told of every text that has finished. */
  readonly onRow?: (row: RowState) => void;
}

/** A text before its first step. */
function initialRow({ clamp }: WritingPlan['rows'][number], { block }: WritingPlan, { family }: ServedModel): RowState {
  // Of what is written in blocks, those to come are not even noise.
  const noise = (block === undefined ? family.process.maskId : undefined) ?? FREE;
  return {
    row: clamp.map((token) => (token === FREE ? noise : token)),
    ...{ step: 0, t: 1, networkCalls: 0, text: '', tokens: 0 },
  };
}

/** Begins to write what a plan asks for: all of its texts at once, as far as there are places. */
export function startWriting(plan: WritingPlan, means: WritingMeans): Writing {
  const { model, semaphore, signal, onRow } = means;
  const rows = plan.rows.map((row) => initialRow(row, plan, model));
  // The stream of `idlm sample`, which writes the same texts with the same seed.
  const random = randomStream(plan.seed).split('sample');
  const failing = new AbortController();
  const stopped = AbortSignal.any([signal, failing.signal]);
  // Each of the texts listens.
  setMaxListeners(0, stopped);
  let [version, isFinished] = [0, false];
  let failure: { readonly error: unknown } | undefined;
  let readers: (() => void)[] = [];
  const tell = (): void => {
    version++;
    const told = readers;
    readers = [];
    told.forEach((reader) => reader());
  };

  async function write(index: number): Promise<void> {
    const giveBack = await semaphore.take(stopped);
    const { denoise, leave } = rowNetwork(plan, index, means, stopped);
    try {
      for await (const state of writeRow({ model, plan, index, denoise, random, signal: stopped })) {
        rows[index] = state;
        tell();
      }
      onRow?.(rows[index]!);
    } finally {
      leave();
      giveBack();
    }
  }

  void Promise.all(plan.rows.map((_, index) => write(index)))
    .then(() => (isFinished = true))
    .catch((error: unknown) => {
      failure = { error };
      failing.abort(error);
    })
    .finally(tell);

  return {
    rows,
    version: () => version,
    isFinished: () => isFinished,
    async newerThan(seen) {
      if (!failure && !isFinished && version <= seen) await new Promise<void>((resolve) => readers.push(resolve));
      if (failure) throw failure.error;
    },
  };
}
