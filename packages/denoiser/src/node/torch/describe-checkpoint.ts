import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readConfigFields } from '../../hub/config-file';
import { modelOrigin } from '../../config/origin';
import type { ModelKnowledge } from '../../networks/network-type';
import type { ModelDescription } from '../model-description';
import { readJson } from '../read-file';
import { checkpointConfig } from './checkpoint-config';
import type { TorchCheckpoint } from './checkpoint-file';

/**
 * What a checkpoint tells of its model: as the `config.json` beside it says, else as its own tensors and settings do.
 * @param known what it may not say
 * @throws InputError as `checkpointConfig` and `describeModel`
 */
export async function describeCheckpoint(
  { path, tensors, settings, notes, weights }: TorchCheckpoint,
  known: ModelKnowledge = {},
): Promise<ModelDescription> {
  const beside = join(dirname(path), 'config.json');
  const hasFile = existsSync(beside);
  const what = hasFile ? beside : path;
  const fields = hasFile ? await readJson(beside) : checkpointConfig(tensors, settings, path);
  const { modelType, network, family, assumed } = readConfigFields(fields, what, known);
  const taken =
    weights === 'ema' ? 'Weights are the running average (ema).' : 'Weights are those of the last update (raw).';
  const told = { type: modelType, network, ...(family ? { family } : {}), ...modelOrigin(fields) };
  return { ...told, assumed: [...assumed, taken, ...notes] };
}
