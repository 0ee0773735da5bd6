import type { Json, Spec } from '@idlm/core-diffusion';
import type { MeasuredLikelihood } from '../metrics/measured-likelihood';
import type { LikelihoodSummary } from '../metrics/perplexity';
import type { MeasuredText } from '../sweeps/measure';
import type { SweepCell } from '../sweeps/sweep';

/** What the run that made a model tells of it. */
export interface ModelOrigin {
  /** What it was trained to be, such as `teacher` or `student`; absent where the run does not say. */
  readonly role?: string;
  /** Updates that its weights have seen; absent where they do not say. */
  readonly updates?: number;
  /** Updates that the run had made by then: more where a guard kept earlier weights. */
  readonly ofRun?: number;
  /** Wall clock of the run in seconds, over all of its sessions; absent where the run does not say. */
  readonly seconds?: number;
  /** What it was trained on: name, share held out, and sha256 over the tokens. */
  readonly text?: { readonly corpus: string; readonly heldOut: number; readonly data?: string };
  /** Its own settings: those that its training read, in the end. */
  readonly settings: Json;
  /** Settings with which it went on otherwise than it began, where it did. */
  readonly changes?: Json;
}

/** A model of a result. */
export interface ManifestModel {
  /** Where it was, seen from the manifest's folder; in format 1 from where the command ran. */
  readonly folder: string;
  /** Where it was; absent in format 1. */
  readonly absolute?: string;
  /** sha256 of its weights. */
  readonly weights: string;
  /** The family that it was sampled as; absent for judges, and in manifests that have one family for all. */
  readonly family?: Spec;
  /** The sampler that it was sampled by, which may follow from its family; absent for judges and baselines, and in older manifests. */
  readonly sampler?: Json;
  /** Numbers in its network. */
  readonly parameters?: number;
  /** What is known of the run that made it. */
  readonly origin?: ModelOrigin;
}

/** The text of a result: how much there is, and how it is split. */
export interface ManifestText {
  /** As it was named. */
  readonly corpus: string;
  /** Where it was, and the same seen from the manifest's folder; absent where it comes with the program. */
  readonly absolute?: string;
  readonly fromManifest?: string;
  /** Share that was to be held out. */
  readonly heldOut: number;
  readonly documents: number;
  readonly characters: number;
  readonly trainTokens: number;
  readonly heldOutTokens: number;
  /** Nothing is held out, so that all is measured on text that was trained on. */
  readonly heldOutIsTraining: boolean;
}

/** A likelihood of the text per token under a model, or a bound on it; older manifests have neither bits per byte nor intervals. */
export interface ManifestBound extends LikelihoodSummary, Partial<Omit<MeasuredLikelihood, keyof LikelihoodSummary>> {
  readonly standardError: number;
  /** False for students: theirs bounds the student as a model of many steps, which it is not. Absent in format 1. */
  readonly comparable?: boolean;
}

/** A module of somebody's own that registers what models are made of. */
export interface ManifestImport {
  /** As it was named: a file, or a package. */
  readonly specifier: string;
  readonly sha256: string;
  /** Of a file. */
  readonly place?: { readonly absolute: string; readonly fromRun: string };
}

/** Everything that a result depends on, so that it can be run again and compared. */
export interface ResultManifest {
  /** 1 until models told of their runs; then folders were seen from where the command ran. */
  readonly format: 1 | 2;
  /** The models, by role. */
  readonly models: Readonly<Record<string, ManifestModel>>;
  /** sha256 of the weights of judges that have some, by the name that their numbers have; absent in older manifests. */
  readonly judges?: Readonly<Record<string, { readonly weights: string }>>;
  /** sha256 of the tokenizer and of the corpus's tokens. */
  readonly tokenizer: string;
  readonly data: string;
  /** What text that is; absent in format 1. */
  readonly text?: ManifestText;
  /** The settings of the evaluation; those of the models are with them. */
  readonly config: Json;
  readonly seed: number;
  readonly sampler: Json;
  /** Modules of somebody's own that it was computed with, by sha256 of their files; where files lay, also as seen from the manifest. */
  readonly imports?: readonly ManifestImport[];
  /** Networks run in float32, sampling in float64. */
  readonly precision: string;
  readonly engine: { readonly name: string; readonly version: string };
  /** Package and Node versions. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly SweepCell[];
  /** The held-out text itself, judged as samples are; absent in format 1. */
  readonly realText?: MeasuredText;
  /** Bound on −ln p of held-out text per token, by model. */
  readonly bounds?: Readonly<Record<string, ManifestBound>>;
  /** What a reader must know of it, in sentences. */
  readonly notes?: readonly string[];
}
