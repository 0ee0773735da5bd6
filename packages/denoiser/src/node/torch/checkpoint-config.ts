import { InputError, type Json } from '@idlm/core-diffusion';
import type { ConfigFields } from '../../networks/network-type';
import type { TensorLayout } from '../../safetensors/format';
import { trainedNames } from '../../dit/layout/tensor-names';
import { type Plain, member } from './plain-data';

/** Families by the names that the trainers of the references give them, under `algo.name` or `parameterization`. */
const FAMILIES: Readonly<Record<string, string>> = {
  mdlm: 'mdlm',
  subs: 'mdlm',
  duo: 'duo',
  duo_base: 'duo',
  distillation: 'duo',
  udlm: 'udlm',
  sedd: 'sedd',
  ar: 'ar',
};

/** The family that settings name. @throws InputError for one that is not known */
function familyIn(settings: Plain | undefined, what: string): string | undefined {
  const name = member(settings, 'algo', 'name') ?? member(settings, 'parameterization');
  if (typeof name !== 'string') return undefined;
  if (Object.hasOwn(FAMILIES, name)) return FAMILIES[name];
  throw new InputError(
    `${what} was trained as "${name}", which is not known here (known: ${Object.keys(FAMILIES).join(', ')}); if it is one of them all the same, put a config.json beside it.`,
  );
}

/** The noise schedule that settings name, as a part of a family's options. */
function scheduleIn(settings: Plain | undefined): Record<string, Json> {
  const type = member(settings, 'noise', 'type');
  if (type === 'geometric') {
    const [sigmaMin, sigmaMax] = ['sigma_min', 'sigma_max'].map((name) => member(settings, 'noise', name));
    const range = {
      ...(typeof sigmaMin === 'number' ? { sigmaMin } : {}),
      ...(typeof sigmaMax === 'number' ? { sigmaMax } : {}),
    };
    return { schedule: { name: 'geometric', options: range } };
  }
  if (type !== 'loglinear' && type !== 'log-linear') return {};
  const eps = member(settings, 'noise', 'eps');
  return { schedule: { name: 'log-linear', options: { eps: typeof eps === 'number' ? eps : 1e-3 } } };
}

function familyField(name: string | undefined, settings: Plain | undefined): ConfigFields {
  const schedule = scheduleIn(settings);
  if (name === undefined || name === 'ar' || !Object.keys(schedule).length) return {};
  if (name !== 'sedd') return { family: { name, options: schedule } };
  const isUniform = String(member(settings, 'diffusion')).startsWith('uniform');
  const scale = member(settings, 'model', 'scale_by_sigma');
  const options = isUniform ? { process: 'uniform' } : { process: 'absorbing', scaleBySigma: scale !== false };
  return { family: { name, options: { ...options, ...schedule } } };
}

/** Sizes as the tensors have them. @throws InputError if they are of no transformer of this kind */
function sizesOf(tensors: Readonly<Record<string, TensorLayout>>, what: string) {
  const names = trainedNames(Object.keys(tensors));
  const shapeOf = (name: string): readonly number[] => {
    const own = names.get(name);
    if (own === undefined)
      throw new InputError(`${what} lacks the tensor ${name}; it holds no transformer of this kind.`);
    return tensors[own]!.shape;
  };
  const [vocabSize, hidden] = shapeOf('vocab_embed.embedding');
  const [cond] = shapeOf('output_layer.adaLN_modulation.weight').slice(1);
  const blocks = new Set([...names.keys()].flatMap((name) => /^blocks\.(\d+)\./.exec(name)?.[1] ?? [])).size;
  const frequencies = Object.entries(tensors).find(([name]) => name.endsWith('rotary_emb.inv_freq'))?.[1].shape[0];
  return { vocabSize, hidden, cond, blocks, heads: frequencies && hidden ? hidden / (2 * frequencies) : undefined };
}

/**
 * What a `config.json` would say of a checkpoint: sizes as its tensors have them, the rest as its settings say.
 * @param what the file in messages
 * @throws InputError for another network, another family, and what neither tells
 */
export function checkpointConfig(
  tensors: Readonly<Record<string, TensorLayout>>,
  settings: Plain | undefined,
  what: string,
): ConfigFields {
  const { vocabSize, hidden, cond, blocks, heads } = sizesOf(tensors, what);
  const setting = (name: string): number | undefined => {
    const value = member(settings, 'model', name);
    return typeof value === 'number' ? value : undefined;
  };
  const fields = { n_heads: setting('n_heads') ?? heads, model_length: setting('length') };
  const missing = Object.entries(fields).find(([, value]) => value === undefined);
  if (missing)
    throw new InputError(
      `${what} does not say ${missing[0]}, which its tensors do not tell; put a config.json of its model beside it.`,
    );
  const family = familyIn(settings, what);
  const timed = member(settings, 'algo', 'time_conditioning') ?? member(settings, 'time_conditioning');
  return {
    model_type: family ?? 'idlm',
    hidden_dim: hidden,
    n_blocks: blocks,
    cond_dim: cond,
    vocab_size: vocabSize,
    ...fields,
    ...(typeof timed === 'boolean' && family !== 'ar' ? { time_conditioning: timed } : {}),
    ...(family === 'ar' ? { causal: true } : {}),
    ...familyField(family, settings),
  };
}
