import { type LoadedConfig, asCommanded } from '@idlm/recipe/config';
import {
  type ModelFiles,
  type ModelInUse,
  fitModel,
  readPrompting,
  readSampledFiles,
  requireModelReading,
  withRecommended,
} from '@idlm/recipe/models';
import { readRunRecords } from '@idlm/recipe/records';
import type { Prompting } from '@idlm/recipe/text';

/** A model with what it is used with. */
export type WrittenModel = ModelFiles &
  Omit<ModelInUse, 'diffusion'> & {
    readonly diffusion: ModelInUse['diffusion'] | undefined;
    /** What its folder recommends, and nobody has set. */
    readonly recommended: readonly string[];
    /** How its rows began, where they did not with text alone. */
    readonly prompting: Prompting | undefined;
    /** Whether the run is known that made it. */
    readonly hasRecords: boolean;
  };

/**
 * A model with the configuration, as its folder recommends it for sampling, and the tokenizer that it is used with; an
 * autoregressive one belongs to no family.
 */
export async function readFitted(path: string, given: LoadedConfig): Promise<WrittenModel> {
  const files = await readSampledFiles(path, given);
  await requireModelReading(asCommanded(given), { path, ...files });
  const records = await readRunRecords(files.folder, 'put back what was written, or delete it');
  const prompting = await readPrompting(files, records, given.config);
  const isCausal = files.model.network.config.causal === true;
  const { loaded, recommended } = await withRecommended(given, { ...files, isCausal });
  const known = { recommended, prompting, hasRecords: records !== undefined };
  if (isCausal) return { ...files, config: loaded.config, diffusion: undefined, assumed: [], warnings: [], ...known };
  return { ...files, ...fitModel({ loaded, ...files }), ...known };
}
