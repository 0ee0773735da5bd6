import type { RandomStream, SamplingFamily, Spec } from '@idlm/core-diffusion/sampling';

/** What a sampler asks of the network in one call. */
export interface DenoiseRequest {
  /** Noisy ids of the rows to run, [R, L] row-major; R may be below the batch when rows need no new call. */
  readonly tokens: Int32Array;
  readonly length: number;
  /** Time of these tokens; the largest of the rows' times, where they stand at several, as they may for networks that are not time-conditioned. */
  readonly t: number;
  /** Time of each sent row, [R], where they stand at several; only networks with `timesPerRow` are told. */
  readonly times?: Float64Array;
  /** Flat positions r·L + l whose logits are wanted, ascending; the head need run on no others. */
  readonly positions: Int32Array;
  /** Index of each sent row among all samples, [R], for networks that know something of each. Samplers always tell it. */
  readonly rows?: Int32Array;
}

/** The network as samplers see it: logits [N, V] of the asked positions, in their order. Any runtime may stand behind it. */
export type Denoise = (request: DenoiseRequest) => Promise<Float32Array | Float64Array>;

/** A network with what samplers may know of how it runs. */
export interface Network {
  readonly denoise: Denoise;
  /** Calls worth having under way at the same time (default 1). */
  readonly atOnce?: number;
  /** True: it reads `times` of a request, so that rows at different times share a call, also of a time-conditioned network (default false). */
  readonly timesPerRow?: boolean;
}

/** The tokens of one batch row, as they are now. */
export interface RowTokens {
  /** [L]; what the step under way has written stands here already. */
  readonly tokens: Int32Array;
  /** What of the row is given, [L], −1 where free; absent where nothing is. */
  readonly clamp?: Int32Array;
}

/** What a shaper knows of the token whose logits it changes. */
export interface ShapedPlace extends RowTokens {
  /** Its place in the row. */
  readonly position: number;
  readonly t: number;
  /** What stands where nothing is written yet: the mask, or `FREE` from left to right. Absent: all tokens count as written. */
  readonly unwritten?: number;
}

/** Changes a row of logits [V] in place, after the mask was excluded and before it becomes probabilities. */
export type LogitShaper = (logits: Float64Array, place: ShapedPlace) => void;

/** Draws a category from unnormalised non-negative weights [V] for the flat position b·L + l. */
export type Categorical = (weights: Float64Array, random: RandomStream, position: number) => number;

/** Everything a sampler is given; nothing else is read, so that a sampler is a pure function of state and environment. */
export interface SamplerEnvironment {
  readonly denoise: Denoise | Network;
  /** What messages call the network, such as "The model in runs/student" (default "The network"). */
  readonly network?: string;
  readonly family: SamplingFamily;
  /**
   * True (the default): the output may depend on the noise level, so each time needs a call of its own, unless the network has
   * `timesPerRow`. False for a network that does not read the time: rows at different times then share calls. Its samples are wrong
   * if it does read it.
   */
  readonly timeConditioned?: boolean;
  /** Batch row r draws from `random.split(firstRow + r)` only, so that rows never influence one another. */
  readonly random: RandomStream;
  readonly shape?: LogitShaper;
  /** Holds prompt, infilling or padding: [B·L], −1 where free. */
  readonly clamp?: Int32Array;
  /** Inverse CDF on one float64 uniform by default. */
  readonly categorical?: Categorical;
  /**
   * Most logits of one call (default `LOGITS_AT_ONCE` of `@idlm/core-diffusion`, a quarter of a gigabyte): a step with more asks for some
   * rows after others, and draws the same tokens. A row alone may have more.
   */
  readonly maxLogits?: number;
}

/** Tokens at time t, and what the sampler carries from step to step. */
export interface SamplerState {
  readonly tokens: Int32Array;
  readonly batch: number;
  readonly length: number;
  readonly t: number;
  /** Index of the first row within a larger set of samples. */
  readonly firstRow: number;
  /** Network calls so far: one per step that called, or several where rows ask several times in a step. */
  readonly networkCalls: number;
  /** Network evaluations of single rows so far; calls × batch without caching. */
  readonly rowEvaluations: number;
  /** For samplers that remask by it: −x_θ of each token when it was decoded, −∞ where there is none, [B·L]. */
  readonly confidence?: Float64Array;
}

/** One batch row within a step. Rows have streams of their own, so that each steps as if it were alone. */
export interface Row extends RowTokens {
  /** A step changes them in place. */
  readonly tokens: Int32Array;
  /** Flat position of its first token in the batch. */
  readonly offset: number;
  /** Its index among all samples. */
  readonly index: number;
  readonly stream: RandomStream;
  /** Positions of the row that may change now, ascending. */
  open(): number[];
}

/** What a row asks the network: x_θ at some of its positions (ascending, at least one), at time t. */
export interface RowQuery {
  readonly t: number;
  readonly positions: readonly number[];
}

/**
 * Probabilities x_θ over clean tokens, [V], of the n-th asked position; they hold until it is called again. With `'network'` as
 * the network gives them, else as the environment's shaper leaves them, which is told what the row holds by now.
 */
export type Predictions = (n: number, of?: 'network') => Float64Array;

/** A row's steps under way: it yields what it asks the network, is given the predictions, and goes on. */
export type RowRun = Generator<RowQuery, void, Predictions>;

/** One batch row from time `from` to `to` < `from`; rows share calls of the network wherever they stand. */
export type RowStep = (row: Row, from: number, to: number, environment: SamplerEnvironment) => RowRun;

/**
 * The law of one position after a step, normalised, [V], for a network that predicts clean tokens.
 * @param current the token x_t
 * @param clean probabilities x_θ over clean tokens [V]; may be overwritten
 */
export type StepLaw = (
  current: number,
  clean: Float64Array,
  step: { readonly from: number; readonly to: number },
  family: SamplingFamily,
) => Float64Array;

/**
 * Which law samples have, for a network that predicts clean tokens: that of the ancestral chain on the same grid, that of
 * infinitely many steps (one token at a time, in any order), or that of steps of their own. The conformance suite checks it.
 */
export type SamplerLaw = 'ancestral' | 'first-hitting' | StepLaw;

/** A sampler: `step` for callers who own the loop, `sample` (the function) for those who do not. */
export interface Sampler {
  readonly spec: Spec;
  /** True: works on absorbing processes only, whose `unmasking` it uses (default false). */
  readonly absorbingOnly?: boolean;
  /**
   * True: a token of an absorbing process that has been unmasked may change again. Otherwise (the default) it stays as it is, and
   * what is finished of a text may be shown before all of it is.
   */
  readonly revises?: boolean;
  /** Absent: not said, and not checked. */
  readonly law?: SamplerLaw;
  /**
   * True: meant to write other text than the reversed process would, such as surer or corrected one, so that whoever measures
   * samples asks how much of their diversity it takes (default false).
   */
  readonly changesLaw?: boolean;
  /** All rows of a batch from time `from` to `to` < `from`. */
  step(state: SamplerState, from: number, to: number, environment: SamplerEnvironment): Promise<SamplerState>;
  /** One row through the same step, with the same tokens, where rows need not wait for one another; see `byRows`. */
  readonly rowStep?: RowStep;
  /** Removes what noise is left at the end of the grid. */
  finish(state: SamplerState, environment: SamplerEnvironment): Promise<SamplerState>;
}

/** One moment of sampling, for streaming. */
export interface Frame {
  readonly step: number;
  readonly t: number;
  /** A copy, [B, L]. */
  readonly tokens: Int32Array;
  /** Tokens that differ from the frame before. */
  readonly changed: number;
  /** Network calls so far, as `Sample` counts them. */
  readonly networkCalls: number;
  /** Network evaluations of single rows so far. */
  readonly rowEvaluations: number;
}

/** What `sample` is asked for. `grid` decreases; a sampler never builds its own. */
export interface SampleRequest {
  readonly sampler: Sampler;
  readonly environment: SamplerEnvironment;
  readonly batch: number;
  readonly length: number;
  readonly grid: ArrayLike<number>;
  /** Index of the first row within a larger set of samples (default 0). */
  readonly firstRow?: number;
  readonly signal?: AbortSignal;
}

/** Finished tokens, [B, L], and what they cost. */
export interface Sample {
  readonly tokens: Int32Array;
  readonly batch: number;
  readonly length: number;
  /**
   * Network calls that had to follow one another; of the batch in step, or, where rows do not wait for one another, of the
   * row with the most.
   */
  readonly networkCalls: number;
  /** Network evaluations of single rows; divided by B they are the number of function evaluations (NFE) of a sample. */
  readonly rowEvaluations: number;
}
