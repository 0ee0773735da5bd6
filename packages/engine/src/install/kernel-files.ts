import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../errors';
import { KERNELS } from './pins';
import { run } from './run';
import { filesOfTar } from './tar';
import { findTfjsNode } from './tfjs-node';

/** The JavaScript of tfjs-node that the native engine runs. */
const isKernel = (path: string): boolean =>
  /^(?:kernels\/.+|nodejs_kernel_backend|register_all_kernels|int64_tensors)\.js$/.test(path) &&
  !path.includes('_test');

/**
 * Unpacks what npm packed, after its hash held: the JavaScript of the kernels alone.
 * @param archive a gzipped tar
 * @param target the folder that becomes `kernels`
 * @param integrity `sha512-` and the hash in base64, as npm writes it; default: the pinned one
 * @throws InputError for another package, before anything is written
 */
export async function unpackKernels(
  archive: Uint8Array,
  target: string,
  integrity: string = KERNELS.integrity,
): Promise<void> {
  const actual = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (actual !== integrity)
    throw new InputError(
      `npm gave another ${KERNELS.package} than the pinned one (its hash differs), and nothing was installed: check your registry.`,
    );
  for (const { name, content } of filesOfTar(gunzipSync(archive))) {
    const path = name.replace(/^package\/dist\//, '');
    if (!isKernel(path)) continue;
    await mkdir(dirname(join(target, path)), { recursive: true });
    await writeFile(join(target, path), content);
  }
}

/** npm as it was started, else the one on the path. */
const npm = (): [string, string[]] =>
  process.env['npm_execpath']?.endsWith('.js') ? [process.execPath, [process.env['npm_execpath']]] : ['npm', []];

/**
 * Fetches tfjs-node's package without installing it: its install script downloads an addon that is not needed here, and
 * fails where its server cannot be reached.
 */
async function packKernels(work: string): Promise<Uint8Array> {
  const [command, start] = npm();
  const { code, stderr } = await run(command, [
    ...start,
    'pack',
    KERNELS.package,
    '--ignore-scripts',
    '--pack-destination',
    work,
  ]);
  const archive = (await readdir(work)).find((file) => file.endsWith('.tgz'));
  if (code !== 0 || !archive) {
    const reason = stderr.split('\n').find((line) => /npm (?:error|ERR!)/.test(line));
    throw new InputError(
      `npm could not fetch ${KERNELS.package} (${reason?.replace(/^npm (?:error|ERR!)\s*/, '') ?? 'is npm on the path?'}): check the network and npm's registry setting.`,
    );
  }
  return readFile(join(work, archive));
}

/**
 * Brings tfjs-node's kernels: a copy of the project's where it has them, else through npm.
 * @param work an empty folder for what npm packs
 * @throws InputError where npm cannot fetch them
 */
export async function fetchKernels(target: string, work: string): Promise<void> {
  const project = findTfjsNode();
  if (!project || !existsSync(join(project.kernels, 'register_all_kernels.js')))
    return unpackKernels(await packKernels(work), target);
  await cp(project.kernels, target, {
    recursive: true,
    filter: (source) => !/\.\w+$/.test(source) || isKernel(relative(project.kernels, source).replaceAll('\\', '/')),
  });
}
