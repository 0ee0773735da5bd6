import { open } from 'node:fs/promises';
import { InputError } from '@idlm/core-diffusion';
import { DTYPE_BITS, type SafetensorsEntry } from '../../safetensors/format';
import { otherFormat } from '../../safetensors/other-formats';
import { readRange } from '../read-range';
import { unreadable } from '../read-file';
import type { WeightsSource } from '../weights-source';
import { type CheckpointContent, type CheckpointWeights, checkpointContent } from './checkpoint-content';
import { type Checksums, checksums } from './checksums';
import { readPickle } from './pickle';
import { type StoredTensor, gathered, isContiguous, spanOf } from './stored-tensor';
import { type ReadRange, dataOf, zipMembers } from './zip-directory';

/** A checkpoint of PyTorch, whose tensors are read one at a time. */
export interface TorchCheckpoint extends WeightsSource, Pick<CheckpointContent, 'settings' | 'weights' | 'notes'> {}

/** The longest pickle that is read: those of trainers hold names and settings, a few megabytes. */
const MAX_PICKLE = 1 << 28;

/** A file's bytes and their number. */
export interface RangedFile {
  readonly path: string;
  readonly size: number;
  readonly read: ReadRange;
}

/** The names and sizes of an archive, and what reads them. */
interface Archive extends RangedFile {
  readonly members: Awaited<ReturnType<typeof zipMembers>>;
  /** What stands before the names of all members. */
  readonly root: string;
  readonly sums: Checksums;
}

async function openArchive({ path, size, read }: RangedFile): Promise<Archive> {
  const start = await read(0, Math.min(size, 64));
  if (!(start[0] === 0x50 && start[1] === 0x4b)) {
    const other = otherFormat(start) ?? 'is no checkpoint of torch.save, which is a zip archive';
    throw new InputError(`${path} ${other}.`);
  }
  const members = await zipMembers(read, size, path);
  const pickle = [...members.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (pickle === undefined)
    throw new InputError(`${path} is a zip archive without data.pkl; it is no checkpoint of torch.save.`);
  return { path, size, read, members, root: pickle.slice(0, -'data.pkl'.length), sums: checksums(read, path) };
}

async function memberBytes({ members, root, read, size, path, sums }: Archive, name: string, limit: number) {
  const listed = members.get(`${root}${name}`);
  if (!listed) return undefined;
  if (listed.size > limit)
    throw new InputError(`${path} holds ${name} of ${listed.size} bytes, and at most ${limit} are read.`);
  const { from } = await dataOf(read, listed, size, path);
  const bytes = await read(from, from + listed.size);
  sums.ofBytes(listed, bytes);
  return bytes;
}

async function readContent(archive: Archive, weights: CheckpointWeights | undefined): Promise<CheckpointContent> {
  const order = await memberBytes(archive, 'byteorder', 16);
  if (order && Buffer.from(order).toString('latin1') !== 'little')
    throw new InputError(
      `${archive.path} was written on a machine of another byte order; save it again on a common one.`,
    );
  const pickle = (await memberBytes(archive, 'data.pkl', MAX_PICKLE))!;
  return checkpointContent(readPickle(pickle, archive.path), weights, archive.path);
}

/** @throws InputError for a tensor that reaches beyond its storage, or holds numbers twice */
function checkView(tensor: StoredTensor, name: string, path: string): void {
  const { shape, numbers, offset } = tensor;
  const span = spanOf(tensor);
  const count = shape.reduce((a, b) => a * b, 1);
  if (!(offset + span <= numbers))
    throw new InputError(
      `${path} has ${name} from number ${offset} to ${offset + span} of a storage of ${numbers}; it is damaged.`,
    );
  if (count > span)
    throw new InputError(`${path} holds ${name} expanded, one number for several; save it again by .contiguous().`);
}

async function readTensor(archive: Archive, tensor: StoredTensor, name: string): Promise<SafetensorsEntry> {
  const { read, members, root, size, path, sums } = archive;
  checkView(tensor, name, path);
  const { dtype, shape, storage, numbers, offset } = tensor;
  const width = DTYPE_BITS[dtype] / 8;
  const listed = members.get(`${root}data/${storage}`);
  if (!listed) throw new InputError(`${path} lacks data/${storage}, the numbers of ${name}; fetch or save it again.`);
  // Storages without a type count bytes.
  if (listed.size < Math.min(numbers * width, (offset + spanOf(tensor)) * width))
    throw new InputError(`${path} has ${listed.size} bytes for ${name}, which needs more; fetch or save it again.`);
  const { from } = await dataOf(read, listed, size, path);
  const begin = from + offset * width;
  const bytes = await read(begin, begin + spanOf(tensor) * width);
  if (bytes.length === listed.size) sums.ofBytes(listed, bytes);
  else await sums.ofFile(listed, from);
  return { dtype, shape, bytes: isContiguous(tensor) ? bytes : gathered(tensor, bytes, width) };
}

/** A checkpoint's tensors and settings. @throws InputError as `openTorchCheckpoint` */
export async function readTorchCheckpoint(
  file: RangedFile,
  asked?: CheckpointWeights,
): Promise<Omit<TorchCheckpoint, 'close'>> {
  const { path } = file;
  const archive = await openArchive(file);
  const { tensors, ...content } = await readContent(archive, asked);
  return {
    ...content,
    path,
    tensors: Object.fromEntries([...tensors].map(([name, { dtype, shape }]) => [name, { dtype, shape }])),
    metadata: {},
    files: [path],
    fileOf: () => path,
    read: (name) => readTensor(archive, tensors.get(name)!, name),
  };
}

/**
 * Opens a checkpoint of torch.save or Lightning. No code in it runs; names of Python are told. The caller closes it.
 * @param asked which weights (default: the running average where there is one)
 * @throws InputError for files that are damaged or of another kind, and as `checkpointContent`
 */
export async function openTorchCheckpoint(path: string, asked?: CheckpointWeights): Promise<TorchCheckpoint> {
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const { size } = await file.stat();
    const read: ReadRange = (from, to) => readRange(file, from, to, path);
    return { ...(await readTorchCheckpoint({ path, size, read }, asked)), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw (error as NodeJS.ErrnoException).code ? unreadable(path, error) : error;
  }
}
