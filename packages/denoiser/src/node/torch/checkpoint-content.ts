import { InputError } from '@idlm/core-diffusion';
import { isBuffer } from './buffers';
import { PickledName, PickledObject, type PickleValue, itemsOf, memberOf } from './pickle-values';
import { type Plain, plainData } from './plain-data';
import { type StoredTensor, storedTensor } from './stored-tensor';

/** Which weights of a checkpoint are taken: the running average that samples are drawn with, or those of the last update. */
export type CheckpointWeights = 'ema' | 'raw';

/** What a checkpoint holds of a network. */
export interface CheckpointContent {
  /** By the names of the network's own modules in the checkpoint, such as `backbone.vocab_embed.embedding`. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The configuration that it was trained with, where it has one. */
  readonly settings?: Plain;
  readonly weights: CheckpointWeights;
  /** What was left out or chosen, in sentences. */
  readonly notes: readonly string[];
}

/** Names under which the weights of all modules stand: of Lightning, of SEDD, and of plain scripts. */
const STATES = ['state_dict', 'model', 'model_state_dict'];

/** What begins the names of the network that was trained, where others stand beside it, such as a teacher. */
const TRAINED = 'backbone.';

/** The tensors of a state, and what else stands there. */
function tensorsOf(state: PickleValue) {
  const items = (itemsOf(state) ?? []).filter((item): item is [string, PickleValue] => typeof item[0] === 'string');
  const found = items.map(([name, value]) => [name, storedTensor(value)] as const);
  return {
    tensors: new Map(found.flatMap(([name, tensor]) => (tensor ? [[name, tensor] as const] : []))),
    others: found.filter(([, tensor]) => !tensor).map(([name]) => name),
  };
}

/** Names by what stands before the first dot. */
function described(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const module = name.split('.', 1)[0]!;
    counts.set(module, (counts.get(module) ?? 0) + 1);
  }
  return [...counts].map(([module, count]) => `${module} (${count})`).join(', ');
}

/** Tensors of the network, without those of a teacher and other modules beside it. */
function ofNetwork(all: ReadonlyMap<string, StoredTensor>) {
  const names = [...all.keys()];
  const own = names.filter((name) => name.startsWith(TRAINED));
  const kept = own.length ? own : names;
  const left = names.filter((name) => !kept.includes(name));
  return {
    tensors: new Map(kept.map((name) => [name, all.get(name)!])),
    notes: left.length ? [`Tensors of other modules were left out: ${described(left)}.`] : [],
  };
}

/** Names of tensors with a running average, in its order; names of one and the same tensor are together. */
function trainedGroups(tensors: ReadonlyMap<string, StoredTensor>): string[][] {
  const groups = new Map<string, string[]>();
  for (const [name, { dtype, storage, offset, shape, strides }] of tensors) {
    if (isBuffer(name) || !/^(F|BF)/.test(dtype)) continue;
    const key = JSON.stringify([storage, offset, shape, strides]);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}

/** The first of some names, and how many there are beside them. */
const listed = (names: readonly string[], most: number): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`;

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * The running averages by name. They are a list: the first is that of the first trained tensor, and so on.
 * @throws InputError unless there is one for each, of its shape
 * Source: `models/ema.py` of the MDLM, Duo and SEDD repositories.
 */
function averaged(
  tensors: ReadonlyMap<string, StoredTensor>,
  shadows: readonly PickleValue[],
  what: string,
): Map<string, StoredTensor> {
  const advice = 'take the weights themselves (--weights raw)';
  const groups = trainedGroups(tensors);
  if (groups.length !== shadows.length)
    throw new InputError(
      `${what} has running averages of ${shadows.length} tensors, and ${groups.length} that are trained; they do not belong together, so ${advice}.`,
    );
  const found = new Map(tensors);
  groups.forEach((names, i) => {
    const shadow = storedTensor(shadows[i]);
    const { shape } = tensors.get(names[0]!)!;
    if (!shadow || show(shadow.shape) !== show(shape))
      throw new InputError(
        `${what} has as running average ${i} ${shadow ? `one of shape ${show(shadow.shape)}` : 'no tensor'} where ${names[0]} has ${show(shape)}; they do not belong together, so ${advice}.`,
      );
    for (const name of names) found.set(name, shadow);
  });
  return found;
}

/** Names of Python that a checkpoint calls and that mean no tensor, for a note. */
function foreignNames(value: PickleValue): string[] {
  const [found, seen, waiting] = [new Set<string>(), new Set<PickleValue>(), [value]];
  while (waiting.length && found.size < 100) {
    const one = waiting.pop()!;
    if (typeof one !== 'object' || one === null || one instanceof Uint8Array || seen.has(one)) continue;
    seen.add(one);
    if (one instanceof PickledName) found.add(one.path);
    else if (Array.isArray(one)) one.forEach((part) => waiting.push(part));
    else if (one instanceof PickledObject) waiting.push(one.of, one.args, one.state, ...one.elements.slice(0, 1000));
    for (const [key, part] of itemsOf(one) ?? []) waiting.push(key, part);
  }
  return [...found]
    .filter(
      (name) => !/^(torch\.|torch$|collections\.OrderedDict$|omegaconf\.|builtins\.|__builtin__\.|typing\.)/.test(name),
    )
    .sort();
}

/**
 * What a checkpoint's pickle says of a network.
 * @param asked which weights (default: the running average where there is one)
 * @param what the file in messages
 * @throws InputError if it holds no tensors, or averages that are not theirs
 */
export function checkpointContent(
  pickle: PickleValue,
  asked: CheckpointWeights | undefined,
  what: string,
): CheckpointContent {
  const state = STATES.map((name) => memberOf(pickle, name)).find((one) => itemsOf(one)?.length) ?? pickle;
  const { tensors: all, others } = tensorsOf(state);
  if (!all.size)
    throw new InputError(`${what} holds no tensors by name; name a checkpoint of a trainer, or a saved state_dict.`);
  const { tensors, notes } = ofNetwork(all);
  const ema = memberOf(pickle, 'ema');
  const shadows = memberOf(ema, 'shadow_params');
  if (asked === 'ema' && !Array.isArray(shadows))
    throw new InputError(`${what} holds no running average (ema); take the weights themselves (--weights raw).`);
  const weights = asked === 'raw' || !Array.isArray(shadows) ? 'raw' : 'ema';
  const settings = plainData(memberOf(memberOf(pickle, 'hyper_parameters'), 'config') ?? memberOf(pickle, 'config'));
  const foreign = foreignNames(pickle);
  return {
    tensors: weights === 'ema' ? averaged(tensors, shadows as PickleValue[], what) : tensors,
    ...(settings === undefined ? {} : { settings }),
    weights,
    notes: [
      ...notes,
      ...(others.length ? [`What is no tensor of a known type was left out: ${listed(others, 5)}.`] : []),
      ...(foreign.length ? [`The checkpoint names Python code, none of which was run: ${listed(foreign, 8)}.`] : []),
    ],
  };
}
