import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OnnxFiles } from './export';
import { DATA_MARK } from './format/external-data';
import { metadataField } from './format/model-file';
import { type OnnxSessionOptions, type OpenSession, openOnnxSession } from './runtime/session';

/** What is written: the graph is asked for when its weights are. */
interface Written {
  readonly model: () => Uint8Array;
  readonly data?: Pick<Required<OnnxFiles>['data'], 'name' | 'parts'>;
}

/** Writes both files beside each other elsewhere, and puts them into their places. */
async function writeBoth(
  path: string,
  { model, data }: Written,
  check?: (unfinished: string) => Promise<void>,
): Promise<void> {
  // A folder, since a graph names the file of its weights, which lies beside it.
  const folder = `${resolve(path)}.unfinished-${process.pid}`;
  const unfinished = join(folder, basename(path));
  try {
    await mkdir(folder, { recursive: true });
    if (data) await pipeline(Readable.from(data.parts), createWriteStream(join(folder, data.name)));
    await writeFile(unfinished, model());
    await check?.(unfinished);
    if (data) await rename(join(folder, data.name), join(dirname(resolve(path)), data.name));
    await rename(unfinished, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A graph and its weights with the sha256 of these in both, by which one tells that the other is its own. */
function marked({ model, data }: OnnxFiles): Written {
  if (!data) return { model: () => model };
  const hash = createHash('sha256');
  let mark = new Uint8Array();
  async function* parts(): AsyncGenerator<Uint8Array> {
    for await (const part of data!.parts) {
      hash.update(part);
      yield part;
    }
    mark = hash.digest();
    yield mark;
  }
  const name = () => metadataField(DATA_MARK, Buffer.from(mark).toString('hex'));
  return { model: () => Buffer.concat([model, name()]), data: { name: data.name, parts: parts() } };
}

/**
 * Writes a graph, and its weights beside it where they are apart: the file of the graph is there when all is whole, or is what it was. Of
 * weights that are apart the sha256 stands behind them, and in the graph, which is opened with no others.
 * @param path file of the graph
 * @param check is given the path of the whole graph before it takes its place; where it throws, nothing is written
 */
export const writeOnnxFiles = (
  path: string,
  files: OnnxFiles,
  check?: (unfinished: string) => Promise<void>,
): Promise<void> => writeBoth(path, marked(files), check);

/**
 * Opens a graph that is in no file. Weights that are apart go by way of a temporary file, from which they are mapped.
 * @throws InputError as `openOnnxSession`
 */
export async function openOnnxFiles(files: OnnxFiles, options?: OnnxSessionOptions): Promise<OpenSession> {
  if (!files.data) return openOnnxSession(files.model, options);
  const folder = await mkdtemp(join(tmpdir(), 'idlm-onnx-'));
  try {
    // Nobody else writes there: to mark its files would take time alone.
    await writeBoth(join(folder, 'model.onnx'), { ...files, model: () => files.model });
    return openOnnxSession(join(folder, 'model.onnx'), options);
  } finally {
    // Files in use stay on Windows, whose users' temporary folder the system empties.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
