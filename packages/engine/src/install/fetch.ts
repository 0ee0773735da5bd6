import { createReadStream, existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../errors';
import { copyLibraries } from './folder';
import { bodyOf, request } from './http';
import { findWheel } from './index-page';
import type { NativePaths } from './locations';
import type { WheelPin } from './pins';
import type { InstallOptions } from './plan';
import { type OnProgress, megabytes, watched } from './progress';
import { type PythonTool, fetchWithPython, findPip, findUv } from './python';
import { type IndexSettings, indexSettings } from './settings';
import { unpackWheel } from './wheel';

/** Puts the libraries of one wheel into the folder that is being installed; its sha256 where the wheel itself was seen. */
type Fetch = (wheel: WheelPin, paths: NativePaths) => Promise<string | undefined>;

/** A way of fetching, with its name for messages. */
export interface Source {
  readonly name: string;
  readonly fetch: Fetch;
}

const CHUNK = 1 << 20;

/** @throws InputError for what is no address of the web */
function hostOf(indexUrl: string): string {
  if (URL.canParse(indexUrl) && /^https?:$/.test(new URL(indexUrl).protocol)) return new URL(indexUrl).host;
  throw new InputError(
    `"${indexUrl}" is no address of a package index: it begins with https:// (--index-url, or the settings of pip and uv).`,
  );
}

/**
 * Straight from the index: no Python, and no copy of the wheel on disk. The wheel is unpacked as it arrives, and its hash known at its
 * end.
 * @throws InputError for an address that is none; fetching, what `findWheel`, `request` and `unpackWheel` throw
 */
function fromIndex(indexUrl: string, settings: IndexSettings, onProgress: OnProgress): Source {
  const fetch: Fetch = async (wheel, paths) => {
    const { url, sha256 } = await findWheel(indexUrl, wheel, settings);
    const response = await request(url, settings);
    const total = Number(response.headers.get('content-length') ?? wheel.bytes);
    const bytes = watched(bodyOf(response), total, `Downloading ${wheel.package}`, onProgress);
    return unpackWheel(wheel.file || basename(new URL(url).pathname), bytes, paths, sha256);
  };
  return { name: hostOf(indexUrl), fetch };
}

/** By pip or uv, which know the user's index, login and proxy. Only pip leaves the wheel itself; what uv unpacked has no hash any more. */
function fromPython(tool: PythonTool, indexUrl: string | undefined, work: string, onProgress: OnProgress): Source {
  const fetch: Fetch = async (wheel, paths) => {
    onProgress({
      message: `Downloading ${wheel.package} ${wheel.version} (${megabytes(wheel.bytes)}) with ${tool.via}`,
    });
    const folder = await mkdtemp(join(work, 'download-'));
    await fetchWithPython(tool, wheel, folder, indexUrl);
    const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    const sha256 = file
      ? await unpackWheel(file, createReadStream(join(folder, file), { highWaterMark: CHUNK }), paths, wheel.sha256)
      : await copyLibraries(folder, paths, false);
    await rm(folder, { recursive: true });
    return sha256 ?? undefined;
  };
  return { name: tool.via, fetch };
}

/** A wheel or folder that the user has. A wheel of a pinned name must be the pinned one. */
function fromLocal(from: string, gpu: boolean): Source {
  if (!existsSync(from)) throw new InputError(`There is no ${from}: give a folder of TensorFlow or a wheel.`);
  const isFolder = statSync(from).isDirectory();
  const fetch: Fetch = async (wheel, paths) => {
    if (isFolder) return void (await copyLibraries(from, paths, gpu));
    const expected = basename(from) === wheel.file ? wheel.sha256 : undefined;
    return unpackWheel(basename(from), createReadStream(from, { highWaterMark: CHUNK }), paths, expected);
  };
  return { name: from, fetch };
}

/** That a tool which was asked for is not there. */
const missing = (tool: string) =>
  new InputError(`${tool} is not on the path: install it, or choose another way to fetch.`);

/**
 * The way to fetch that the options ask for, else pip or uv where they are, else the index of the user's settings. Nothing is fetched yet.
 * @param work a folder for what pip and uv leave, which the caller deletes
 * @param onProgress is told of downloads: by bytes from an index, by a sentence where a tool downloads
 * @throws InputError if there is none
 */
export async function chooseSource(options: InstallOptions, work: string, onProgress: OnProgress): Promise<Source> {
  const { from, via = 'auto', indexUrl, gpu = false } = options;
  if (from) return fromLocal(from, gpu);
  const settings = indexSettings();
  const index = indexUrl ?? settings.indexUrl;
  if (via === 'index' || (via === 'auto' && indexUrl)) {
    if (!index) throw new InputError('No package index is configured: name one with --index-url.');
    return fromIndex(index, settings, onProgress);
  }
  const find = { pip: [findPip], uv: [findUv], auto: [findPip, findUv] }[via];
  for (const look of find) {
    const tool = await look();
    if (tool) return fromPython(tool, indexUrl, work, onProgress);
  }
  if (via !== 'auto') throw missing(via);
  if (index) return fromIndex(index, settings, onProgress);
  throw new InputError(
    'There is neither pip nor uv here and no package index is configured: name one with --index-url, or give a TensorFlow wheel or folder with --from.',
  );
}
