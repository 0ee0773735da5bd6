import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors';
import { NORMALISATIONS, type Normalisation } from '../normalise';
import { byteTokenizer } from './bytes';
import { characterTokenizer } from './character';
import { huggingFaceTokenizer } from './hugging-face';
import type { Tokenizer } from './tokenizer';

/** The files of a tokenizer in a model folder, by name. */
export function tokenizerFiles(tokenizer: Tokenizer): Record<'tokenizer.json' | 'tokenizer_config.json', string> {
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    mask_token: '[MASK]',
    idlm: { kind: tokenizer.kind, normalise: tokenizer.normalise },
  };
  return {
    'tokenizer.json': `${JSON.stringify(tokenizer.json, null, 1)}\n`,
    'tokenizer_config.json': `${JSON.stringify(config, null, 2)}\n`,
  };
}

/** Writes `tokenizer.json` and `tokenizer_config.json` into an existing folder. */
export async function saveTokenizer(folder: string, tokenizer: Tokenizer): Promise<void> {
  for (const [name, text] of Object.entries(tokenizerFiles(tokenizer))) await writeFile(join(folder, name), text);
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new InputError(`${path} is no JSON.`);
  }
}

/** The characters of a saved character tokenizer, by id, without the mask. */
function alphabetFrom(json: Record<string, unknown>, folder: string): string[] {
  const { vocab } = (json['model'] ?? {}) as { vocab?: Record<string, number> };
  if (!vocab) throw new InputError(`${join(folder, 'tokenizer.json')} holds no vocabulary; the file is damaged.`);
  return Object.entries(vocab)
    .filter(([token]) => token !== '[MASK]')
    .sort(([, a], [, b]) => a - b)
    .map(([token]) => token);
}

/**
 * The tokenizer of a model folder: ours, or any of the Hugging Face format.
 * @throws InputError if the folder has none, or a damaged one
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const json = await readJson(join(folder, 'tokenizer.json'));
  if (!json) throw new InputError(`${folder} holds no tokenizer.json.`);
  const config = (await readJson(join(folder, 'tokenizer_config.json'))) ?? {};
  const { kind, normalise = 'none' } = (config['idlm'] ?? {}) as { kind?: string; normalise?: string };
  const normalisation: Normalisation | undefined = NORMALISATIONS.find((name) => name === normalise);
  if (!normalisation)
    throw new InputError(
      `${join(folder, 'tokenizer_config.json')} asks for the normalisation "${normalise}"; there are ${NORMALISATIONS.join(', ')}.`,
    );
  if (kind === 'characters') return characterTokenizer(alphabetFrom(json, folder), normalisation);
  return kind === 'bytes' ? byteTokenizer(normalisation) : huggingFaceTokenizer(json, config, normalisation);
}
