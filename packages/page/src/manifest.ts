import type { Spec, TimeGridOptions } from '@idlm/core-diffusion/sampling';

/** A file that the page fetches in parts and keeps. */
export interface PageFile {
  /** Where it lies, from the page on. */
  readonly path: string;
  readonly bytes: number;
  /** Of what it holds, in hexadecimal. */
  readonly sha256: string;
}

/** What a page must know of a model to write with it. */
export interface PageModelFacts {
  /** L: tokens of a row, the start of rows included. */
  readonly length: number;
  readonly vocabSize: number;
  /** The mask of absorbing models, else any token. */
  readonly maskId: number;
  /** The token that stands before every row, where one does. */
  readonly rowStart?: number;
  /** What fills short rows up, where the model was trained on rows. */
  readonly padId?: number;
  readonly timeConditioned: boolean;
  /** Number of weights. */
  readonly parameters: number;
  /** The kind of diffusion that it was trained for. */
  readonly family: Spec;
  /** How its rows began, as `promptIds` of `@idlm/data/texts` takes it, where they did not with text alone. */
  readonly prompting?: { readonly field?: string; readonly separator?: string | null; readonly isBegun: boolean };
  /** How its text is best sampled. */
  readonly recommended: {
    readonly steps: number;
    readonly temperature: number;
    /** Only the k likeliest tokens. */
    readonly topK?: number;
    /** Only the likeliest tokens that hold this probability together. */
    readonly nucleus?: number;
    /** How steps are spaced in time (default uniformly). */
    readonly spacing?: TimeGridOptions['spacing'];
  };
}

/** A model of a page. */
export interface PageModel extends PageModelFacts {
  /** What it is called, such as `student`. */
  readonly name: string;
  /** Its network, an ONNX file. */
  readonly network: PageFile;
  /** Its tokenizer: an object of the texts `tokenizer.json` and `tokenizer_config.json`. */
  readonly tokenizer: PageFile;
}

/** `page.json`: what a page holds. */
export interface PageManifest {
  readonly models: readonly PageModel[];
  /** The model by whose bound on the likelihood texts are measured; absent where none can. */
  readonly judge?: string;
  /** Whether the page comes from `idlm serve`, which writes texts too. */
  readonly server?: true;
}
