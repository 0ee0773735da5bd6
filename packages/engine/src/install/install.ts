import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../errors';
import { explainDiskError, requireSpace, workFolder } from './disk';
import { type Source, chooseSource } from './fetch';
import { fetchKernels } from './kernel-files';
import { type NativePaths, libraryNames, nativePaths, pathsIn } from './locations';
import { VERSIONS } from './pins';
import { type InstallOptions, type InstallPlan, planInstall } from './plan';
import type { OnProgress } from './progress';
import { run } from './run';
import { type Verified, verifyNative } from './verify';

/** An installed native engine. */
export interface Installation {
  /** The folder that holds all of it. */
  readonly home: string;
  /** TensorFlow's version. */
  readonly version: string;
  /** What it computes on, such as `CPU`. */
  readonly devices: readonly string[];
  /** False if it was there already. */
  readonly fresh: boolean;
}

/** A step of the installation that tests put something else in place of. */
export interface InstallSteps {
  readonly verify: (paths: NativePaths) => Promise<Verified>;
  readonly kernels: typeof fetchKernels;
}

const STEPS: InstallSteps = { verify: verifyNative, kernels: fetchKernels };

/** Drops symbols that only debuggers use: a quarter of the size. On macOS it would break the signature. */
async function strip({ libraries }: NativePaths): Promise<void> {
  if (process.platform !== 'linux') return;
  for (const library of libraryNames()) await run('strip', ['--strip-unneeded', join(libraries, library)]);
}

/** Fetches all wheels. @returns their sha256, where they were seen @throws InputError where a library is lacking afterwards */
async function fill(source: Source, plan: InstallPlan, paths: NativePaths): Promise<(string | undefined)[]> {
  const hashes: (string | undefined)[] = [];
  // A folder or wheel of the user's stands for all wheels.
  for (const wheel of plan.download ? plan.wheels : plan.wheels.slice(0, 1))
    hashes.push(await source.fetch(wheel, paths));
  const lacking = libraryNames().find((library) => !existsSync(join(paths.libraries, library)));
  if (lacking) throw new InputError(`${source.name} gave no ${lacking}: it is not a TensorFlow for this platform.`);
  return hashes;
}

/**
 * Puts the finished folder in place of an older one, which comes back where that fails; another process that was faster has done the
 * same work.
 */
async function settle(staged: string, home: string): Promise<void> {
  const old = existsSync(home) ? `${staged}-replaced` : undefined;
  if (old) await rename(home, old);
  try {
    await rename(staged, home);
  } catch (error) {
    if (existsSync(pathsIn(home).complete)) return;
    if (old) await rename(old, home);
    throw error;
  }
}

/** Installs into a folder to work in, and renames it to the final one when it has proved to work. */
async function installInto(
  work: string,
  plan: InstallPlan,
  options: InstallOptions,
  onProgress: OnProgress,
  steps: InstallSteps,
): Promise<Installation> {
  const staged = pathsIn(join(work, 'home'));
  const source = await chooseSource(options, work, onProgress);
  await steps.kernels(staged.kernels, work);
  const sha256 = await fill(source, plan, staged);
  await strip(staged);
  onProgress({ message: 'Verifying with a product of matrices' });
  const verified = await steps.verify(staged);
  const record = { ...verified, source: source.name, sha256, kernels: VERSIONS.kernels };
  await writeFile(staged.complete, `${JSON.stringify(record, null, 2)}\n`);
  const { home } = nativePaths(dirname(plan.home), { version: verified.version, gpu: options.gpu });
  await settle(staged.home, home);
  return { ...verified, home, fresh: true };
}

/**
 * Installs the native engine for this user: TensorFlow's two libraries from a pinned wheel, and tfjs-node's kernels.
 * Nothing is left behind by a failure, and an installation that is there is kept.
 * @returns where it is and what it is
 * @throws InputError with one sentence if it cannot be done here
 */
export async function installNative(
  options: InstallOptions & { readonly onProgress?: OnProgress } = {},
  steps: InstallSteps = STEPS,
): Promise<Installation> {
  const { onProgress = () => {}, force = false } = options;
  const plan = planInstall(options);
  const paths = pathsIn(plan.home);
  if (plan.installed && !force && !options.from) {
    // Written again, it counts as the last one installed, which is the one that is opened.
    await writeFile(paths.complete, await readFile(paths.complete));
    return { ...(await steps.verify(paths)), home: plan.home, fresh: false };
  }
  onProgress({ message: plan.sentence });
  let work: string | undefined;
  try {
    await requireSpace(plan.home, plan.disk + 2 * plan.download);
    work = await workFolder(dirname(plan.home), 'native');
    return await installInto(work, plan, options, onProgress, steps);
  } catch (error) {
    throw explainDiskError(error, dirname(plan.home));
  } finally {
    if (work) await rm(work, { recursive: true, force: true });
  }
}
