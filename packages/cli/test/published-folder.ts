import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { dit, initialParameters } from '@idlm/denoiser';
import { saveModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';

const sizes = { hidden_dim: 8, n_blocks: 1, n_heads: 2, cond_dim: 4, model_length: 8, vocab_size: 50258 };

/** The fields of published folders, which have no tokenizer, at a tiny size. */
export const PUBLISHED = {
  mdlm: { ...sizes, model_type: 'mdlm', time_conditioning: false },
  duo: { ...sizes, model_type: 'DUO', causal: false, var_min: true },
};

/** Fields of a published `config.json`. */
type PublishedFields = typeof sizes & { readonly model_type: string; readonly time_conditioning?: boolean };

/** Writes a folder with fresh weights and these fields alone. */
export async function publish(path: string, fields: PublishedFields): Promise<void> {
  const { hidden_dim: hidden, n_blocks: blocks, n_heads: heads, cond_dim: cond, model_length: length } = fields;
  const timeConditioned = fields.model_type === 'DUO';
  const config = { hidden, blocks, heads, cond, length, vocabSize: fields.vocab_size, timeConditioned };
  const parameters = initialParameters(config, randomStream(1));
  await saveModel(path, { network: dit(config).describe(), parameters, metadata: {} });
  await writeFile(join(path, 'config.json'), JSON.stringify(fields));
}

/** Writes them all into a folder, by name, with a text beside them. */
export async function publishAll(folder: string): Promise<void> {
  await openEngine({ prefer: 'wasm' });
  for (const [name, fields] of Object.entries(PUBLISHED)) await publish(join(folder, name), fields);
  await writeFile(join(folder, 'text.txt'), 'The quick brown fox jumps over the lazy dog. '.repeat(60));
}
