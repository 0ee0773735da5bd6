/** Why a text ends: it came to an end (`stop`), or its room did (`length`). */
export type FinishReason = 'stop' | 'length';

/** Tokens of all texts of an answer. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** How texts were written, beside the fields of OpenAI. */
export interface WritingFacts {
  /** The seed that writes them again. */
  readonly seed: number;
  readonly steps: number;
  readonly sampler: string;
  /** Tokens of a block, where texts were written block by block; each took so many steps. */
  readonly block?: number;
  /** Strength of guidance, where texts were guided. */
  readonly guidance?: number;
}

/** A text. */
export interface CompletionChoice {
  readonly index: number;
  readonly text: string;
  readonly finish_reason: FinishReason;
  readonly logprobs: null;
  /** What was written into each hole of `infill`. */
  readonly holes?: readonly string[];
  /** Calls of the network that had to follow one another for this text; with guidance each evaluates two networks. */
  readonly network_calls: number;
}

/** Answer of `POST /v1/completions`. */
export interface Completion {
  readonly id: string;
  readonly object: 'text_completion';
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly CompletionChoice[];
  readonly usage: Usage;
  readonly diffusion: WritingFacts;
}

/** A part of a streamed answer of `POST /v1/completions`. */
export interface CompletionChunk {
  readonly id: string;
  readonly object: 'text_completion';
  readonly created: number;
  readonly model: string;
  /** What is new of each text that has grown or ended; none in the last part, which brings `usage`. */
  readonly choices: readonly {
    readonly index: number;
    readonly text: string;
    readonly finish_reason: FinishReason | null;
    readonly logprobs: null;
  }[];
  readonly usage?: Usage | null;
}

/** A model that is served. */
export interface ModelEntry {
  readonly id: string;
  readonly object: 'model';
  /** Seconds since 1970. */
  readonly created: number;
  readonly owned_by: string;
  /** Whether it is in memory now. */
  readonly loaded: boolean;
  /** Most tokens of a text, with its prompt. */
  readonly length: number;
  /** Steps that are taken where none are asked for. */
  readonly steps: number;
  readonly temperature: number;
  /** Kind of diffusion, such as `mdlm`. */
  readonly family: string;
}

/** Why something was refused or failed, in OpenAI's shape. */
export interface ErrorBody {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}
