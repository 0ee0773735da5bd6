import { InputError, type Json, schedules, specOf, type Spec } from '@idlm/core-diffusion';
import type { SavedModel } from '../../config/saved-model';
import type { SafetensorsDtype, TensorLayout } from '../../safetensors/format';
import { isBuffer } from './buffers';
import { type Picklable, type PickledTensor, writePickle } from './pickle-writer';
import { writeZip } from './zip-writer';

/** Types of storages by those of tensors. */
const STORAGES: Readonly<Partial<Record<SafetensorsDtype, string>>> = {
  F32: 'FloatStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
};

/** Names that the trainers of the references have for families. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  mdlm: 'mdlm',
  duo: 'duo_base',
  udlm: 'udlm',
  sedd: 'sedd',
  ar: 'ar',
};

const refuse = (what: string): never => {
  throw new InputError(`A checkpoint of the references has no place for ${what}; take --layout ours.`);
};

/** Noise as their settings say it. @throws InputError for a schedule that they have not */
function noiseOf({ family }: SavedModel): Picklable {
  const given = (family?.options?.['schedule'] as Spec | undefined) ?? 'log-linear';
  const { name, options } = specOf(schedules.create(given));
  if (name === 'log-linear') return { type: 'log-linear', eps: options['eps'] as number };
  if (name === 'geometric')
    return { type: 'geometric', sigma_min: options['sigmaMin'] as number, sigma_max: options['sigmaMax'] as number };
  return refuse(`the noise schedule ${name} ${JSON.stringify(options)}`);
}

/**
 * What a model's settings say in a checkpoint of the references.
 * @throws InputError for another network than the DiT, and families and noise that they have not
 */
function settingsOf(model: SavedModel): Picklable {
  const { type, config } = model.network;
  if (type !== 'dit' && type !== 'causal-dit') return refuse(`a network of type ${type}`);
  const name = config.causal ? 'ar' : (model.family?.name ?? model.type);
  if (name === undefined || !Object.hasOwn(ALGORITHMS, name))
    return refuse(name === undefined ? 'a model without a family' : `a model of ${name}`);
  const sizes = config as unknown as Record<'hidden' | 'cond' | 'length' | 'blocks' | 'heads', number>;
  const { process, scaleBySigma } = (model.family?.options ?? {}) as Record<string, Json>;
  return {
    algo: { name: ALGORITHMS[name]!, backbone: 'dit', time_conditioning: config.timeConditioned },
    ...(name === 'sedd' ? { diffusion: process === 'uniform' ? 'uniform_state' : 'absorbing_state' } : {}),
    model: {
      type: 'ddit',
      hidden_size: sizes.hidden,
      cond_dim: sizes.cond,
      length: sizes.length,
      n_blocks: sizes.blocks,
      n_heads: sizes.heads,
      dropout: 0.1,
      ...(name === 'sedd' ? { scale_by_sigma: process !== 'uniform' && scaleBySigma !== false } : {}),
    },
    noise: noiseOf(model),
  };
}

/** A model as a checkpoint. */
export interface CheckpointRequest {
  readonly model: SavedModel;
  /** Weights in the order in which they are trained, and buffers, by the names of the references' modules. */
  readonly tensors: Readonly<Record<string, TensorLayout>>;
  /** The numbers of each, asked for one after another. */
  bytesOf(name: string): Promise<Uint8Array>;
}

/** Updates of a model; 0 where nobody has said it. */
const updatesOf = ({ made }: SavedModel): number => made?.updates ?? 0;

/**
 * Writes a checkpoint as Lightning and the trainers of MDLM and Duo do: `state_dict`, the running averages under `ema`, which are the same
 * numbers, and the settings. It holds no code, so that `torch.load` reads it with `weights_only`.
 * @throws InputError for models that those trainers have not, and a tensor of 4 GiB or more
 * Source: PyTorch Lightning, `trainer/connectors/checkpoint_connector.py`; the MDLM repository, `models/ema.py`.
 */
export async function writeTorchCheckpoint(
  path: string,
  { model, tensors, bytesOf }: CheckpointRequest,
): Promise<void> {
  const names = Object.keys(tensors);
  const pickled = names.map((name, i): [string, PickledTensor] => {
    const { dtype, shape } = tensors[name]!;
    return [name, { tensor: { shape, storage: String(i) }, of: STORAGES[dtype]! }];
  });
  const trained = pickled.flatMap(([name, tensor]) => (isBuffer(name) ? [] : [tensor]));
  const content = writePickle({
    epoch: 0,
    global_step: updatesOf(model),
    'pytorch-lightning_version': '2.6.0',
    state_dict: Object.fromEntries(pickled),
    ema: { decay: 0.9999, num_updates: updatesOf(model), shadow_params: trained },
    hyper_parameters: { config: settingsOf(model) },
  });
  const text = (value: string) => () => Promise.resolve(Buffer.from(value, 'latin1'));
  const root = 'archive/';
  await writeZip(path, [
    [`${root}data.pkl`, () => Promise.resolve(content)],
    [`${root}byteorder`, text('little')],
    ...names.map((name, i) => [`${root}data/${i}`, () => bytesOf(name)] as const),
    [`${root}version`, text('3\n')],
  ]);
}
