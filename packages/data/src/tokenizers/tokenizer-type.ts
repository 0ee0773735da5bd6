import type { Json, OptionDeclarations, OptionsOf } from '@idlm/core-diffusion/choices';
import type { Normalisation } from '../normalise';
import type { Tokenizer } from './tokenizer';

/** Options of a choice by name, as JSON. */
export type TokenizerOptions = Readonly<Record<string, Json>>;

/** The text that a tokenizer is made for, and how it is to be read. */
export interface TextToFit {
  readonly normalise: Normalisation;
  /** Whether a token is wanted that stands before texts, `beginId`. A type whose vocabulary has none goes without. */
  readonly beginning: boolean;
  /**
   * The texts, normalised, long ones in parts; each call reads the corpus once more, and a type that learns nothing of it calls
   * it never. Held-out text is among them, since a share of the tokens is held out, and there are none yet.
   */
  texts(): AsyncIterable<string>;
}

/** What a tokenizer left in a model's folder. */
export interface SavedTokenizer {
  /** Of `tokenizer.json`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Of `tokenizer_config.json`, without what stands there under `idlm`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly normalise: Normalisation;
}

/** A type of tokenizers, by name. */
export interface TokenizerType<Declared extends OptionDeclarations = OptionDeclarations> {
  readonly description: string;
  /** Its options, which are checked before `fit` is given them with their defaults (default: it declares none). */
  readonly options?: Declared;
  /** What texts are simplified to where nobody says it (default `none`). */
  readonly normalise?: Normalisation;
  /** The tokenizer for a text, its `spec` the name of the type with these options. @throws InputError for options that there are not */
  fit(options: OptionsOf<Declared>, text: TextToFit): Tokenizer | Promise<Tokenizer>;
  /** The tokenizer that was saved, with the same ids for the same texts. @throws InputError if the files are damaged */
  load(saved: SavedTokenizer, options: TokenizerOptions): Tokenizer | Promise<Tokenizer>;
}
