/** Files that go with a model from folder to folder as they are: tokenizer, how it is to be sampled, what was measured, and terms. */
const COMPANIONS = new RegExp(
  `^(${[
    ...['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json'],
    // Of an autoregressive model: what it draws first tokens from.
    ...['vocab.json', 'merges.txt', 'vocab.txt', 'first-token.json', 'generation_config.json'],
    // What was measured of it, as its card says.
    'evaluation.json',
  ].join('|')}|(LICENSE|NOTICE)(\\.\\w+)?)$`,
);

/** Whether a file goes with a model as it is, whatever its weights and its configuration become. @param name without a folder */
export const isCompanionFile = (name: string): boolean => COMPANIONS.test(name);

/** The one file of a model's weights. */
export const WEIGHTS_FILE = 'model.safetensors';

/** What says which of several files holds each tensor of a model. */
export const WEIGHTS_INDEX_FILE = 'model.safetensors.index.json';

/**
 * The tensors and the files of an index of weights.
 * @param value what stands in the file
 * @returns the file that holds each tensor, or what is wrong, as the rest of a sentence
 */
export function weightMapOf(value: unknown): ReadonlyMap<string, string> | string {
  const map = (value as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    return 'has no weight_map, which says what shard holds each tensor';
  const entries = Object.entries(map as Record<string, unknown>);
  const wrong = entries.find(([, shard]) => typeof shard !== 'string' || !/^[^\\/:\0]+\.safetensors$/.test(shard));
  if (wrong)
    return `names the shard ${String(wrong[1])}; shards are files of the same folder whose names end in .safetensors`;
  return new Map(entries as [string, string][]);
}
