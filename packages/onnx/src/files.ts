import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OnnxFiles } from './export';
import { type OnnxSessionOptions, type OpenSession, openOnnxSession } from './runtime/session';

/**
 * Writes a graph, and its weights beside it where they are apart: the file of the graph is there when all is whole, or is what it was.
 * @param path file of the graph
 * @param check is given the path of the whole graph before it takes its place; where it throws, nothing is written
 */
export async function writeOnnxFiles(
  path: string,
  { model, data }: OnnxFiles,
  check?: (unfinished: string) => Promise<void>,
): Promise<void> {
  // A folder, since a graph names the file of its weights, which lies beside it.
  const folder = `${resolve(path)}.unfinished-${process.pid}`;
  const unfinished = join(folder, basename(path));
  try {
    await mkdir(folder, { recursive: true });
    if (data) await pipeline(Readable.from(data.parts), createWriteStream(join(folder, data.name)));
    await writeFile(unfinished, model);
    await check?.(unfinished);
    if (data) await rename(join(folder, data.name), join(dirname(resolve(path)), data.name));
    await rename(unfinished, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Opens a graph that is in no file. Weights that are apart go by way of a temporary file, from which they are mapped.
 * @throws InputError as `openOnnxSession`
 */
export async function openOnnxFiles(files: OnnxFiles, options?: OnnxSessionOptions): Promise<OpenSession> {
  if (!files.data) return openOnnxSession(files.model, options);
  const folder = await mkdtemp(join(tmpdir(), 'idlm-onnx-'));
  try {
    await writeOnnxFiles(join(folder, 'model.onnx'), files);
    return openOnnxSession(join(folder, 'model.onnx'), options);
  } finally {
    // Files in use stay on Windows, whose users' temporary folder the system empties.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
