/** Sizes of a network, and of its windows. */
export interface Sizes {
  readonly hidden: number;
  readonly blocks: number;
  readonly heads: number;
  readonly cond: number;
  readonly length: number;
}

/** Those of the published models, and some that take seconds. The vocabulary is GPT-2's at both. */
export const SIZES = {
  full: { hidden: 768, blocks: 12, heads: 12, cond: 128, length: 1024 },
  small: { hidden: 16, blocks: 2, heads: 2, cond: 8, length: 32 },
} as const satisfies Readonly<Record<string, Sizes>>;

/** Name of a size. */
export type SizeName = keyof typeof SIZES;

/** Tokens of GPT-2. */
const TOKENS = 50257;

/** How a model is published, and what a user who has it says of it. */
export interface Layout {
  /** Entries of the vocabulary, the mask or `[PAD]` counted. */
  readonly rows: number;
  /** `config.json`. */
  readonly config: (sizes: Sizes) => object;
  /** What stands before each name of a tensor. */
  readonly prefix: 'backbone.' | '';
  /** Whether the buffers of the rotary embedding and of block diffusion's noise lie beside the weights. */
  readonly buffers: readonly ('rotary' | 'sampling')[];
  /** Whether the weights lie in a checkpoint of Lightning instead of a safetensors file. */
  readonly isCheckpoint?: boolean;
  /** Sizes of its own at full size. */
  readonly full?: Sizes;
  /** The preset of its family. */
  readonly preset: string;
  /** What tells the family of a model whose files do not. */
  readonly family?: string;
  /** Part of the sentence that refuses it where its family is not told; undefined where it is taken by itself. */
  readonly refusedUntold?: string;
  /** The layout of the reference into which its student is written, and whose class reads both. */
  readonly reference: 'mdlm' | 'duo' | 'sedd';
}

/** The fields that all flat configurations share. */
const shared = ({ hidden, blocks, heads, cond, length }: Sizes, rows: number) => ({
  cond_dim: cond,
  dropout: 0.1,
  hidden_dim: hidden,
  model_length: length,
  n_blocks: blocks,
  n_heads: heads,
  return_dict: false,
  torch_dtype: 'float32',
  transformers_version: '4.38.2',
  vocab_size: rows,
});

/** A configuration of transformers that names classes of its repository. */
function flat(modelType: string, name: string, rows: number, fields: object) {
  const stem = name.toLowerCase();
  const classes = {
    AutoConfig: `configuration_${stem}.${name}Config`,
    AutoModelForMaskedLM: `modeling_${stem}.${name}`,
  };
  return (sizes: Sizes): object => ({
    architectures: [name],
    auto_map: classes,
    ...shared(sizes, rows),
    ...fields,
    model_type: modelType,
  });
}

/** SEDD's configuration, which is that of its training. */
const nested =
  (graph: 'absorb' | 'uniform') =>
  ({ hidden, blocks, heads, cond, length }: Sizes): object => ({
    tokens: TOKENS,
    training: { batch_size: 512, ema: 0.9999, weight: 'standard' },
    graph: { type: graph, file: 'data', report_all: false },
    noise: { type: graph === 'absorb' ? 'loglinear' : 'geometric', sigma_min: 1e-4, sigma_max: 20 },
    model: {
      ...{ name: 'small', type: 'ddit', hidden_size: hidden, cond_dim: cond, length, n_blocks: blocks, n_heads: heads },
      ...{ scale_by_sigma: graph === 'absorb', dropout: 0.1 },
    },
  });

// MDLM's mask stands behind GPT-2's tokens; Duo's vocabulary has an ordinary [PAD] there; SEDD's uniform one has GPT-2's tokens alone.
const mdlm = {
  rows: TOKENS + 1,
  config: flat('mdlm', 'MDLM', TOKENS + 1, { time_conditioning: false }),
  prefix: 'backbone.',
  buffers: ['rotary'],
  preset: 'mdlm-published',
  reference: 'mdlm',
} as const;
const duo = {
  rows: TOKENS + 1,
  config: flat('DUO', 'DUO', TOKENS + 1, { causal: false, var_min: true }),
  prefix: 'backbone.',
  buffers: [],
  preset: 'duo-published',
  reference: 'duo',
} as const;
const sedd = {
  rows: TOKENS + 1,
  config: nested('absorb'),
  prefix: '',
  buffers: ['rotary'],
  preset: 'sedd-published',
  reference: 'sedd',
} as const;

/** Block diffusion of one block. */
const blockDiffusion = (sizes: Sizes): object => {
  const block = { adaln: true, attn_backend: 'flex', block_size: sizes.length, causal: false, cross_attn: true };
  const noise = { sampling_eps_max: 1, sampling_eps_min: 0.001, time_conditioning: false, var_min: false };
  return flat('bd3lm', 'BD3LM', TOKENS + 1, { ...block, ...noise })(sizes);
};

/** The published models by name. Source: their repositories' files and cards. */
export const LAYOUTS: Readonly<Record<string, Layout>> = {
  'mdlm-owt': mdlm,
  'mdlm-no_flashattn-fp32-owt': {
    ...mdlm,
    config: flat('mdlm', 'MDLM', TOKENS + 1, { _name_or_path: 'mdlm-owt', time_conditioning: false }),
  },
  duo,
  'duo-distilled': duo,
  'idlm-mdlm': mdlm,
  'idlm-duo': { ...duo, buffers: ['rotary'] },
  // What the published student of a student calls itself is not known: this one leaves family and timing to its reader.
  'idlm-dcd': { ...duo, config: flat('idlm', 'IDLM', TOKENS + 1, {}), buffers: ['rotary'], family: 'duo' },
  'sedd-small': sedd,
  'sedd-medium': { ...sedd, full: { hidden: 1024, blocks: 24, heads: 16, cond: 128, length: 1024 } },
  'sedd-uniform-repaired': {
    ...{ ...sedd, rows: TOKENS, config: nested('uniform') },
    preset: 'sedd-uniform-published',
  },
  'bd3lm-owt-block_size1024-pretrain': { ...mdlm, config: blockDiffusion, buffers: ['rotary', 'sampling'] },
  // Its files are those of an MDLM, as which it is used only where a user says so.
  'xdlm-owt': { ...mdlm, family: 'mdlm', refusedUntold: 'holds a model of XDLM by its name' },
  'mdlm.ckpt': { ...mdlm, isCheckpoint: true },
  'duo.ckpt': { ...duo, buffers: ['rotary'], isCheckpoint: true },
};
