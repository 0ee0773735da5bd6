import { InputError } from '@idlm/core-diffusion';
import type { ConfigFields, PublicLayout } from '../networks/network-type';
import type { Gpt2Config } from './config';

/** Forms of GELU that are its tanh form. */
const ACTIVATIONS = ['gelu_new', 'gelu_pytorch_tanh'];

/** Switches of `config.json` that change the network, and the value that this one has; absent they have it too. */
const SWITCHES: Readonly<Record<string, boolean>> = {
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  add_cross_attention: false,
  tie_word_embeddings: true,
};

/** @throws InputError naming a field whose value means another network than this one */
function checkSwitches(fields: ConfigFields, what: string): void {
  for (const [name, wanted] of Object.entries(SWITCHES)) {
    const value = fields[name] ?? wanted;
    if (value !== wanted)
      throw new InputError(
        `${what} has ${name} ${JSON.stringify(value)}, which this program's GPT-2 does not do; only ${wanted} can be read.`,
      );
  }
  const activation = fields['activation_function'] ?? ACTIVATIONS[0];
  if (typeof activation !== 'string' || !ACTIVATIONS.includes(activation))
    throw new InputError(
      `${what} has activation_function ${JSON.stringify(activation)}, which this program's GPT-2 does not do; only ${ACTIVATIONS.join(' and ')} can be read.`,
    );
}

/** The sizes of a `config.json`. @throws InputError for one that is missing */
function sizesOf(fields: ConfigFields, what: string): Gpt2Config {
  const size = (name: string, other?: unknown): number => {
    const value = fields[name] ?? other;
    if (typeof value !== 'number') throw new InputError(`${what} lacks the number ${name}; it is no GPT-2's.`);
    return value;
  };
  const hidden = size('n_embd');
  return {
    hidden,
    blocks: size('n_layer'),
    heads: size('n_head'),
    inner: size('n_inner', 4 * hidden),
    epsilon: size('layer_norm_epsilon', 1e-5),
    vocabSize: size('vocab_size'),
    length: size('n_positions', fields['n_ctx']),
    timeConditioned: false,
    causal: true,
  };
}

const PREFIX = 'transformer.';

/** What files hold beside the weights: masks, and the head where it is saved although it is the embedding. */
const BESIDE = /^(h\.\d+\.attn\.(bias|masked_bias)|lm_head\.weight)$/;

/** Names without the prefix that all but the head have in files of models with a head. */
const withoutPrefix = (name: string): string => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name);

/**
 * GPT-2 as the Hugging Face Hub holds it: fields of `GPT2Config`, tensors with the prefix `transformer.` or without.
 * Source: `configuration_gpt2.py` and `modeling_gpt2.py` of transformers.
 */
export const gpt2Layout: PublicLayout<Gpt2Config> = {
  modelTypes: ['gpt2'],
  reads: ({ model_type: type }) => type === 'gpt2',
  read(fields, what) {
    checkSwitches(fields, what);
    return { modelType: 'gpt2', network: { type: 'gpt2', config: sizesOf(fields, what) }, assumed: [] };
  },
  write: (config) => ({
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    activation_function: 'gelu_new',
    n_embd: config.hidden,
    n_layer: config.blocks,
    n_head: config.heads,
    n_inner: config.inner,
    layer_norm_epsilon: config.epsilon,
    n_positions: config.length,
    vocab_size: config.vocabSize,
  }),
  ownNames: (names) =>
    new Map(names.map((name) => [withoutPrefix(name), name] as const).filter(([own]) => !BESIDE.test(own))),
  fileName: (name) => `${PREFIX}${name}`,
  buffers: () => ({}),
};
