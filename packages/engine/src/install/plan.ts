import { existsSync } from 'node:fs';
import { cacheFolder, nativePaths } from './locations';
import { VERSIONS, type WheelPin } from './pins';
import { type Machine, thisMachine, wheelsFor } from './platform';
import { megabytes } from './progress';

/** What to install, from where and to where. */
export interface InstallOptions {
  /** A Python package index (PEP 503 or 691) to take the wheels from, instead of the one in the user's settings. */
  readonly indexUrl?: string;
  /** The folder of an installed TensorFlow, a wheel, or a folder with the libraries: nothing is downloaded then. */
  readonly from?: string;
  /** A TensorFlow version other than the pinned one; its hash is then only the index's. */
  readonly version?: string;
  /** How to fetch: with pip, with uv, or straight from the index. By default the first of these that can be had. */
  readonly via?: 'auto' | 'pip' | 'uv' | 'index';
  /** With CUDA (Linux x64 only). Not yet run on a GPU by us. */
  readonly gpu?: boolean;
  /** The per-user folder (default: `IDLM_HOME`, else the platform's cache folder). */
  readonly cacheDir?: string;
  /** Install again what is there. */
  readonly force?: boolean;
}

/** What an installation will do. */
export interface InstallPlan {
  readonly home: string;
  /** Whether it is there already. */
  readonly installed: boolean;
  readonly wheels: readonly WheelPin[];
  /** Bytes to download and, roughly, to keep. */
  readonly download: number;
  readonly disk: number;
  /** One sentence for the user, before anything happens. */
  readonly sentence: string;
}

/** How much larger the kept libraries are than their wheel (measured: 522 MB of TensorFlow's 252 MB, less of CUDA's). */
const expansion = (wheel: WheelPin): number => (wheel.package.startsWith('tensorflow') ? 2.1 : 1.4);

/** With another version there is nothing pinned: name and platform are all that is known. */
const unpinned = (wheel: WheelPin, version: string): WheelPin => ({ ...wheel, version, file: '', sha256: '' });

/**
 * What `installNative` would do; nothing is written or asked of a network.
 * @param machine for which (default: this one)
 * @throws InputError if the machine has no native engine
 * @example
 * ```ts
 * import { planInstall } from '@idlm/engine/install';
 *
 * const machine = { platform: 'linux', arch: 'x64', glibc: '2.36' };
 * const { wheels, download, home } = planInstall({ cacheDir: '/opt/idlm' }, machine);
 * console.log(wheels[0]!.package, Math.round(download / 1e6), 'MB'); // → tensorflow-cpu 252 MB
 * console.log(home.startsWith('/opt/idlm/tensorflow-2.19.1')); // → true
 * ```
 */
export function planInstall(options: InstallOptions = {}, machine: Machine = thisMachine()): InstallPlan {
  const { version = VERSIONS.tensorflow, gpu = false, from, force = false, cacheDir = cacheFolder() } = options;
  const pinned = wheelsFor(machine, gpu);
  const wheels = version === VERSIONS.tensorflow ? pinned : [unpinned(pinned[0]!, version), ...pinned.slice(1)];
  const { home, complete } = nativePaths(cacheDir, { version, gpu });
  const bytes = wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);
  const disk = wheels.reduce((sum, wheel) => sum + wheel.bytes * expansion(wheel), 0);
  const installed = existsSync(complete);
  const source = from ? `is taken from ${from}` : `downloads ${megabytes(bytes)} (${wheels[0]!.package} ${version})`;
  return {
    home,
    installed,
    wheels,
    download: from ? 0 : bytes,
    disk,
    sentence:
      installed && !force && !from
        ? `The native engine is installed in ${home}.`
        : `The native engine ${source} and keeps about ${megabytes(disk)} in ${home}; choose the wasm engine to do without.`,
  };
}
