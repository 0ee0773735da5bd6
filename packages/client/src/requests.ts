/** What is asked to be written: fields of OpenAI's completions, and those of diffusion models. Where several are left out, the model's own hold. */
export interface WritingRequest {
  /** Id of the model, as `GET /v1/models` lists it. */
  readonly model: string;
  /** What every text begins with: a text, several, or token ids; several prompts give texts for each, in their order (default: nothing). */
  readonly prompt?: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  /** What stands behind what is written: infilling. */
  readonly suffix?: string | null;
  /** Pieces around holes, instead of a prompt: texts that stand, and what is written between them. */
  readonly infill?: readonly (string | Hole)[];
  /** Texts for each prompt (default 1). */
  readonly n?: number | null;
  /** Most tokens that are written behind a prompt (default: what the model has room for; 16 before a suffix). */
  readonly max_tokens?: number | null;
  /** Sharper below 1, flatter above, 0: the likeliest tokens alone. */
  readonly temperature?: number | null;
  /** Only the likeliest tokens that hold this probability together, in (0, 1]. */
  readonly top_p?: number | null;
  /** Only so many likeliest tokens. */
  readonly top_k?: number | null;
  /** Above 1: tokens that a text holds already are less likely. */
  readonly repetition_penalty?: number | null;
  /** No so many tokens, at least 2, stand twice in a text. */
  readonly no_repeat_ngram_size?: number | null;
  /** The same seed writes the same texts (default: another each time; answers tell it). */
  readonly seed?: number | null;
  /** What a text ends before, at most four. */
  readonly stop?: string | readonly string[] | null;
  /** Added to the logits of tokens by their ids, from −100 to 100. */
  readonly logit_bias?: Readonly<Record<string, number>> | null;
  /** Steps from noise to text. */
  readonly steps?: number | null;
  /**
   * How steps are spaced in time: `uniform`, `cosine` (short steps at high noise), or the times themselves, falling within 1 and 0, which
   * make as many steps as lie between them unless `steps` says otherwise.
   */
  readonly spacing?: 'uniform' | 'cosine' | readonly number[] | null;
  /** Name of a sampler, or its name with options. */
  readonly sampler?: string | { readonly name: string; readonly options?: Readonly<Record<string, unknown>> } | null;
  /** Regular expression in JavaScript's syntax that every text matches behind its prompt, to its end; not of models of uniform noise. */
  readonly pattern?: string | null;
  /** Tokens that are written at a time, one block behind the other, each in `steps` steps; texts may then be longer than what the model reads. */
  readonly block?: number | null;
  /** Strength of guidance: of what is given, or of `classifier` or away from `unconditional`; 1 is the law of the condition, more sharpens it. Each step asks twice. */
  readonly guidance?: number | null;
  /** Name of a classifier that the server knows, which guides at strength 1 unless `guidance` says otherwise. */
  readonly classifier?: string | null;
  /** Id of the model that guidance leads away from (default: the model itself, which is not shown what is given). */
  readonly unconditional?: string | null;
  /** Who asks, for the records of whoever serves; it changes nothing. */
  readonly user?: string;
}

/** A hole to fill: of so many tokens, or of as many as make the text behind it likeliest. */
export interface Hole {
  /** How many tokens it has; left out, that is found. */
  readonly tokens?: number;
  /** Fewest tokens of a hole whose length is found (default 1). */
  readonly min_tokens?: number;
  /** Most of them (default 32); no more than there is room for. */
  readonly max_tokens?: number;
}

/** What is asked of `POST /v1/completions`. */
export interface CompletionRequest extends WritingRequest {
  /** Whether texts begin with their prompts (default: not). */
  readonly echo?: boolean | null;
}

/** What is asked of `POST /v1/frames`. */
export interface FramesRequest extends WritingRequest {
  /** Seconds for which the writing goes on, and what was written is kept, once nobody reads it (default 0: it ends with its reader). */
  readonly retain?: number | null;
}
