import { createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OnnxFiles } from './export';
import { type OnnxSessionOptions, type OpenSession, openOnnxSession } from './runtime/session';

/**
 * Writes a graph, and its weights beside it where they are apart: the file of the graph is there when all is whole, or is what it was.
 * @param path file of the graph
 */
export async function writeOnnxFiles(path: string, { model, data }: OnnxFiles): Promise<void> {
  const unfinished = (file: string) => `${file}.unfinished-${process.pid}`;
  const weights = data && join(dirname(resolve(path)), data.name);
  try {
    if (weights) await pipeline(Readable.from(data.parts), createWriteStream(unfinished(weights)));
    await writeFile(unfinished(path), model);
    if (weights) await rename(unfinished(weights), weights);
    await rename(unfinished(path), path);
  } finally {
    for (const file of weights ? [path, weights] : [path]) await rm(unfinished(file), { force: true });
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
