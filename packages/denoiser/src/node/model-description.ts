import type { SavedModel } from '../config/saved-model';

/** What the `config.json` of a hub folder, or a checkpoint of PyTorch, tells of a model. */
export interface ModelDescription extends SavedModel {
  /** `model_type`: the family's name, such as `mdlm`, or `ar`; of networks without a public layout their own type. */
  readonly type: string;
  /** What it does not say and was assumed, in sentences. */
  readonly assumed: readonly string[];
}
