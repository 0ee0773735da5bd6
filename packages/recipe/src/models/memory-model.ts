import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, type Parameters, jsonFault, parseJson } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { type Tokenizer, tokenizerFiles } from '@idlm/data';
import { modelOrigin, parametersFrom, readConfigFields, readSafetensors } from '@idlm/denoiser';
import type { ModelDescription } from '@idlm/denoiser/node';
import type { CheckpointRef, CheckpointStore } from '@idlm/trainer';
import { FIRST_TOKEN } from './first-token';
import type { StoredModel } from './model-files';

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The configuration of a checkpoint. @throws InputError if it is damaged */
function configIn(bytes: Uint8Array, what: string): unknown {
  try {
    return parseJson(decoded(bytes));
  } catch (error) {
    throw new InputError(
      `${what} has a config.json that ${jsonFault(error)}; take another checkpoint, or train again.`,
    );
  }
}

/** A model that is a checkpoint in a store of any kind. */
export interface CheckpointModel {
  readonly model: ModelDescription;
  readonly stored: StoredModel;
}

/**
 * The model of a checkpoint that lies in no folder.
 * @throws InputError if the store has lost it, or its configuration is damaged
 */
export async function checkpointModel(
  store: CheckpointStore,
  checkpoint: CheckpointRef,
  tokenizer: Tokenizer,
): Promise<CheckpointModel> {
  const { path: what } = checkpoint;
  const file = (name: string) => store.read(checkpoint, name);
  const config = configIn(await file('config.json'), what);
  const { modelType, network, family, assumed } = readConfigFields(config, what, {});
  const weights = () => file('model.safetensors');
  return {
    model: { type: modelType, network, ...(family ? { family } : {}), ...modelOrigin(config), assumed },
    stored: {
      inMemory: true,
      read: async (): Promise<Parameters> => parametersFrom(readSafetensors(await weights()), network, what),
      async copyTo(folder) {
        await mkdir(folder, { recursive: true });
        const own = ['config.json', 'README.md', 'state.json', 'model.safetensors', FIRST_TOKEN];
        for (const name of [...own, ...Object.keys(tokenizerFiles(tokenizer, network.config))]) {
          const bytes = await file(name).catch(() => undefined);
          if (bytes) await writeFileAtomically(join(folder, name), bytes);
        }
      },
      hash: async () =>
        createHash('sha256')
          .update(await weights())
          .digest('hex'),
      text: (name) => file(name).then(decoded, () => undefined),
    },
  };
}
