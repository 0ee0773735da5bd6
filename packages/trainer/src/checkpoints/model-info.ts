import type { Json, NetworkDescription, Spec } from '@idlm/core-diffusion';
import type { Origin } from '@idlm/denoiser';

/** What a checkpoint's folder needs to be a model folder. */
export interface ModelInfo {
  /** The network, of any type: what its `describe` gives. To load the folder, its type must be registered. */
  readonly network: NetworkDescription;
  /** The family with its options; absent for networks that belong to none. */
  readonly family?: Spec;
  /** What its weights are, and how they are made but for updates and guard; then the folder has a model card too. */
  readonly origin?: Origin;
  /** Further files, such as those of the tokenizer. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What a run must have in common with the checkpoint that it goes on from, such as seed and hashes of data. */
export type Identity = Readonly<Record<string, Json>>;
