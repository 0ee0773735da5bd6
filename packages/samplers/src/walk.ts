import type { RandomStream } from '@idlm/core-diffusion/sampling';
import { groupsOf } from './groups';
import { openAmong } from './positions';
import { type Answer, askNetwork, positionsAtOnce } from './predict';
import type { SamplerEnvironment, SamplerState, Step } from './sampler';

/** One row of a batch on its way down. Rows have streams of their own, so that each walks as if it were alone. */
export interface Row {
  /** Its tokens, [L]; a walk changes them in place. */
  readonly tokens: Int32Array;
  /** Flat position of its first token in the batch. */
  readonly offset: number;
  readonly stream: RandomStream;
  /** Positions of the row that may change now, ascending. */
  open(): number[];
}

/** What a row asks the network: x_θ at some of its positions (ascending, at least one), at time t. */
export interface Question {
  readonly t: number;
  readonly positions: readonly number[];
}

/** A row's way through one step or many: it asks, is answered, and goes on, while other rows stand elsewhere. */
export type Walk = Generator<Question, void, Answer>;

/** One row's way from time `from` to `to`. */
export type WalkStep = (row: Row, from: number, to: number, environment: SamplerEnvironment) => Walk;

/** A walk that waits for an answer. */
export interface Walker {
  readonly row: Row;
  readonly walk: Walk;
  readonly question: Question;
  /** Questions asked before this one. */
  readonly answered: number;
}

/** The rows of a batch; their tokens are parts of `tokens`. */
export function rowsOf(
  { tokens, batch, length, firstRow }: Pick<SamplerState, 'tokens' | 'batch' | 'length' | 'firstRow'>,
  environment: SamplerEnvironment,
): Row[] {
  return Array.from({ length: batch }, (_, r) => {
    const [offset, end] = [r * length, (r + 1) * length];
    const part = tokens.subarray(offset, end);
    const clamp = environment.clamp?.subarray(offset, end);
    const stream = environment.random.split(firstRow + r);
    return { tokens: part, offset, stream, open: () => openAmong(part, environment.family, clamp) };
  });
}

/** A walk up to its first question; none where it asks none. */
export function setOut(row: Row, walk: Walk): Walker[] {
  const { done, value } = walk.next();
  return done ? [] : [{ row, walk, question: value, answered: 0 }];
}

/**
 * An answer that can be taken back. A generator keeps what it was last sent, even when it has ended, and with it the logits of a
 * whole call; they are let go as soon as all rows of the call have drawn from them.
 */
function lend(answer: Answer): { readonly answer: Answer; takeBack(): void } {
  let lent: Answer | undefined = answer;
  return {
    answer(n) {
      if (!lent) throw new Error('a walk read an answer after its next question; it holds until then only');
      return lent(n);
    },
    takeBack: () => (lent = undefined),
  };
}

/** One network call for several walks. */
async function askOnce(walkers: readonly Walker[], length: number, environment: SamplerEnvironment): Promise<Walker[]> {
  const tokens = new Int32Array(walkers.length * length);
  walkers.forEach(({ row }, i) => tokens.set(row.tokens, i * length));
  const positions = Int32Array.from(
    walkers.flatMap(({ question }, i) => question.positions.map((position) => i * length + position)),
  );
  const timeOf = (n: number) => walkers[Math.floor(positions[n]! / length)]!.question.t;
  const lent = lend(await askNetwork({ tokens, length, positions, t: timeOf(0), timeOf }, environment));
  let first = 0;
  try {
    return walkers.flatMap(({ row, walk, question, answered }) => {
      const from = first;
      first += question.positions.length;
      const { done, value } = walk.next((n) => lent.answer(from + n));
      return done ? [] : [{ row, walk, question: value, answered: answered + 1 }];
    });
  } finally {
    lent.takeBack();
  }
}

/**
 * A network call for several walks, or several where their logits are too many for one; they go on to their next questions, and
 * those that ended are left out. A time-conditioned network wants all questions of a call to be of one time.
 */
export async function ask(
  walkers: readonly Walker[],
  length: number,
  environment: SamplerEnvironment,
): Promise<Walker[]> {
  const sizes = walkers.map(({ question }) => question.positions.length);
  const asked: Walker[] = [];
  for (const [from, to] of groupsOf(sizes, positionsAtOnce(environment, environment.family.process.vocabSize)))
    asked.push(...(await askOnce(walkers.slice(from, to), length, environment)));
  return asked;
}

/** Those of the waiting walks that one call can serve: all, or for a time-conditioned network those furthest behind. */
export function servable(waiting: readonly Walker[], { timeConditioned }: SamplerEnvironment): Walker[] {
  if (!timeConditioned) return [...waiting];
  const latest = waiting.reduce((t, { question }) => Math.max(t, question.t), 0);
  return waiting.filter(({ question }) => question.t === latest);
}

/** All rows of a batch through one step each, whose questions go to the network together; the state at time `to`. */
export async function walkTogether(
  state: SamplerState,
  to: number,
  environment: SamplerEnvironment,
  walk: (row: Row) => Walk,
): Promise<SamplerState> {
  const tokens = state.tokens.slice();
  let { networkCalls, rowEvaluations } = state;
  let waiting = rowsOf({ ...state, tokens }, environment).flatMap((row) => setOut(row, walk(row)));
  while (waiting.length) {
    const served = new Set(servable(waiting, environment));
    const others = waiting.filter((walker) => !served.has(walker));
    waiting = [...others, ...(await ask([...served], state.length, environment))];
    networkCalls++;
    rowEvaluations += served.size;
  }
  return { ...state, tokens, t: to, networkCalls, rowEvaluations };
}

/**
 * A step that is told for one row: a batch takes it with one question of all rows at a time, and `sampleAll`, which need not
 * stop between steps, lets each row go on by itself and fills its calls with rows wherever they stand.
 */
export const walkingStep = (walk: WalkStep): Step =>
  Object.assign<Step, Pick<Step, 'walk'>>(
    (state, from, to, environment) => walkTogether(state, to, environment, (row) => walk(row, from, to, environment)),
    { walk },
  );
