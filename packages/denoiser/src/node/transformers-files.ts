import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import type { ConfigFields } from '../networks/network-type';

/** Python's files by which `transformers` opens a folder, in the folder `python` of this package. */
export const TRANSFORMERS_FILES: readonly string[] = ['configuration_idlm.py', 'modeling_idlm.py'];

const [CONFIG, MODEL] = ['IdlmConfig', 'IdlmForMaskedLM'];

/**
 * What `config.json` says beside a model's own fields, so that `AutoModelForMaskedLM` and `AutoModel` find the classes. They answer with bare
 * logits, as the references read their teachers.
 * @throws InputError for networks that have no class in Python
 */
export function transformersFields({ type, config }: NetworkDescription): ConfigFields {
  if (type !== 'dit' && type !== 'causal-dit')
    throw new InputError(
      `Networks of type ${type} have no classes in Python; leave --transformers out (or transformers: true).`,
    );
  const model = `modeling_idlm.${MODEL}`;
  return {
    architectures: [MODEL],
    auto_map: {
      AutoConfig: `configuration_idlm.${CONFIG}`,
      AutoModel: model,
      AutoModelForMaskedLM: model,
      ...(config.causal ? { AutoModelForCausalLM: model } : {}),
    },
    return_dict: false,
  };
}

/** Puts the files into a folder. */
export async function copyTransformersFiles(folder: string): Promise<void> {
  const own = join(dirname(createRequire(import.meta.url).resolve('@idlm/denoiser/package.json')), 'python');
  for (const name of TRANSFORMERS_FILES) await copyFile(join(own, name), join(folder, name));
}
