import type { NetworkDescription, Spec } from '@idlm/core-diffusion';
import type { Origin } from './origin';

/** What a saved model is. */
export interface SavedModel extends Origin {
  /** `model_type` in the public layout of its network (default: the family's name, or `ar` for networks without one). */
  readonly type?: string;
  readonly network: NetworkDescription;
  /** The family with its options; absent for networks that belong to none. */
  readonly family?: Spec;
}
