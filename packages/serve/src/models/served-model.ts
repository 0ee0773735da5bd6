import type { TimeGridOptions } from '@idlm/core-diffusion/sampling';
import type { Spec } from '@idlm/core-diffusion/choices';
import type { Tokenizer } from '@idlm/data';
import type { Network, NucleusRule, SamplingFamily } from '@idlm/samplers';

/** How texts are written where a request does not say. */
export interface SamplingDefaults {
  readonly steps: number;
  /** Sharper below 1, flatter above; 0: the likeliest tokens alone. */
  readonly temperature: number;
  /** Probability that the likeliest tokens hold together, in (0, 1]. */
  readonly topP: number;
  readonly nucleusRule?: NucleusRule;
  /** Only so many likeliest tokens; undefined: all. */
  readonly topK?: number;
  /** Above 1: tokens that the row holds already are less likely (default 1). */
  readonly repetitionPenalty?: number;
  /** No n tokens stand twice in a row; undefined: they may. */
  readonly noRepeatedNGram?: number;
  /** A sampler by its name; undefined: the one that suits the family. */
  readonly sampler?: Spec;
  /** How the steps are spaced in time (default uniform). */
  readonly spacing?: TimeGridOptions['spacing'];
}

/** A model in memory: a network, what its tokens mean, and how it is sampled. */
export interface ServedModel {
  /** Must not block JavaScript's thread while it computes. */
  readonly network: Network & { dispose?(): void };
  readonly family: SamplingFamily;
  readonly tokenizer: Tokenizer;
  /** Most tokens of a text. */
  readonly length: number;
  /** Whether the network reads the noise level; rows at different times then share no call, unless it has `timesPerRow`. */
  readonly timeConditioned: boolean;
  /** Token that stands before every row, given and never written. */
  readonly rowStart?: number;
  /** Token that fills rows up behind the end of a text; undefined where all that is written is text. */
  readonly padId?: number;
  readonly sampling: SamplingDefaults;
  /** Ids of a prompt, where rows were prompted in a way of their own (default: those of the tokenizer). */
  encodePrompt?(text: string): Int32Array;
}

/** What is known of a model before it is opened. */
export interface ModelFacts {
  /** Most tokens of a text. */
  readonly length: number;
  readonly steps: number;
  readonly temperature: number;
  /** Kind of diffusion, such as `mdlm`. */
  readonly family: string;
}

/** A model that can be opened when it is asked for. */
export interface ModelSource {
  /** What requests call it. */
  readonly id: string;
  /** When it was made, in seconds since 1970. */
  readonly created: number;
  readonly facts: ModelFacts;
  /** Memory that it takes while it is open, estimated, in bytes. */
  readonly bytes: number;
  /** Opens it; whoever opens it disposes of its network. @throws InputError where it is damaged */
  open(): Promise<ServedModel>;
}

/** A model of one's own: any network, with its family and tokenizer. It is never unloaded. */
export function ownModel(id: string, model: ServedModel): ModelSource {
  const { length, family, sampling } = model;
  const { steps, temperature } = sampling;
  return {
    id,
    created: Math.floor(Date.now() / 1000),
    facts: { length, steps, temperature, family: family.spec.name },
    bytes: 0,
    open: () => Promise.resolve(model),
  };
}
