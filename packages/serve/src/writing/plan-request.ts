import { encodePiece } from '@idlm/data';
import { composeShapers, holeLength, randomStream } from '@idlm/samplers';
import type { MergedNetwork } from '../batching/merged-network';
import type { ServedModel } from '../models/served-model';
import type { Patterns } from '../patterns/patterns';
import type { Limits } from '../requests/limits';
import { wrong } from '../requests/request-error';
import type { WritingBody } from '../requests/schema';
import type { WritingPlan } from './plan';
import { type SettledInfill, mostTokens } from './plan-rows';
import { planGuidance } from './plan-guidance';
import { planPattern } from './plan-pattern';
import { planWriting } from './plan-writing';
import type { Semaphore } from '../semaphore';

/** What plans are made with. */
interface PlanMeans {
  readonly model: ServedModel;
  /** The model that guidance leads away from, where the request names one. */
  readonly other?: ServedModel;
  readonly network: MergedNetwork;
  readonly semaphore: Semaphore;
  readonly limits: Limits;
  readonly patterns: Patterns;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** How many tokens a hole may have. */
interface HoleRange {
  readonly least: number;
  readonly most: number;
}

/** Most tokens of a hole of which nothing is said: each length more is a row more for the network to read. */
const MOST_UNKNOWN = 32;

type Piece = NonNullable<WritingBody['infill']>[number];

/** @throws RequestError for a hole whose length is said in two ways, or of most below least */
function rangeOf({ tokens, min_tokens, max_tokens }: Exclude<Piece, string>): HoleRange {
  if (tokens !== undefined && (min_tokens ?? max_tokens) !== undefined)
    throw wrong('infill', 'A hole has tokens, or min_tokens and max_tokens; both were given.');
  const least = tokens ?? min_tokens ?? 1;
  const most = tokens ?? max_tokens ?? Math.max(least, MOST_UNKNOWN);
  if (most >= least) return { least, most };
  throw wrong(
    'infill',
    `A hole has at least min_tokens tokens, and max_tokens at most; ${least} to ${most} were given.`,
  );
}

/** Pieces with holes of so many tokens. */
const withLengths = (infill: readonly Piece[], lengths: readonly number[]): SettledInfill => {
  let hole = 0;
  return infill.map((piece) => (typeof piece === 'string' ? piece : { tokens: lengths[hole++]! }));
};

/** The likeliest lengths of holes, from left to right. @throws InputError where no text behind a hole tells its length */
async function lengthsOf(
  infill: readonly Piece[],
  ranges: readonly HoleRange[],
  { model, limits }: PlanMeans,
  denoise: ReturnType<MergedNetwork['join']>['denoise'],
): Promise<number[]> {
  const { family, tokenizer, rowStart, timeConditioned, length } = model;
  const pieces = infill.map((piece) => (typeof piece === 'string' ? encodePiece(tokenizer, piece) : undefined));
  const given = pieces.reduce((sum, ids) => sum + (ids?.length ?? 0), 0);
  const environment = { denoise, family, timeConditioned, random: randomStream(0) };
  const lengths: number[] = [];
  let before: number[] = rowStart === undefined ? [] : [rowStart];
  for (const [at, ids] of pieces.entries()) {
    if (ids) {
      before = [...before, ...ids];
      continue;
    }
    const { least, most } = ranges[lengths.length]!;
    const others = ranges.reduce((sum, range, i) => sum + (i === lengths.length ? 0 : (lengths[i] ?? range.least)), 0);
    const room = mostTokens(model, limits) - given - others;
    const next = pieces.indexOf(undefined, at + 1);
    const behind = pieces.slice(at + 1, next < 0 ? undefined : next).flatMap((piece) => [...piece!]);
    const hole = {
      before,
      behind,
      least,
      most: Math.min(most, room),
      window: length + (rowStart === undefined ? 0 : 1),
    };
    const found = least === most ? least : (await holeLength(environment, hole)).length;
    lengths.push(found);
    before = [...before, ...new Array<number>(found).fill(family.process.maskId!)];
  }
  return lengths;
}

/** What a request asks of a model but for its pattern, with holes that have lengths. @throws as `planRequest` */
async function planHoles(body: WritingBody, means: PlanMeans): Promise<WritingPlan> {
  const { model, network, semaphore, limits, signal } = means;
  const { infill } = body;
  const plan = (settled?: SettledInfill) => planWriting({ ...body, infill: settled }, model, limits);
  const ranges = (infill ?? []).flatMap((piece) => (typeof piece === 'string' ? [] : rangeOf(piece)));
  const leasts = ranges.map(({ least }) => least);
  const shortest = plan(infill && withLengths(infill, leasts));
  const guidance = await planGuidance(body, means, shortest.rows);
  if (infill === undefined || ranges.every(({ least, most }) => least === most)) return { ...shortest, guidance };
  const giveBack = await semaphore.take(signal);
  const member = network.join(signal);
  try {
    return { ...plan(withLengths(infill, await lengthsOf(infill, ranges, means, member.denoise))), guidance };
  } finally {
    member.leave();
    giveBack();
  }
}

/**
 * What a request asks of a model; holes whose lengths it leaves open get the ones at which the text behind them is likeliest.
 * @throws RequestError for what the model, or the limits, do not allow, before the network is asked anything; InputError for a hole
 * that nothing tells the length of; the signal's reason when aborted
 */
export async function planRequest(body: WritingBody, means: PlanMeans): Promise<WritingPlan> {
  const plan = await planHoles(body, means);
  const hold = await planPattern(body, plan.rows, means);
  return hold ? { ...plan, shape: composeShapers(hold, plan.shape) } : plan;
}
