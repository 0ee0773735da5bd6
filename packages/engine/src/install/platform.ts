import { InputError } from '../errors';
import { WHEELS, type WheelPin } from './pins';

/** What decides which wheel a machine can use. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Version of glibc, such as `2.36`; absent on musl and outside Linux. */
  readonly glibc?: string;
}

/** The oldest glibc that the pinned Linux libraries run on. */
const OLDEST_GLIBC = [2, 17] as const;

/** This machine. */
export function thisMachine(): Machine {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return { platform: process.platform, arch: process.arch, glibc: report?.header?.glibcVersionRuntime };
}

function requireGlibc(glibc: string | undefined): void {
  const instead = 'use an image with glibc, or the wasm engine';
  if (!glibc)
    throw new InputError(`The native engine needs glibc, and this Node runs on musl (as on Alpine): ${instead}.`);
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  if (major < OLDEST_GLIBC[0] || (major === OLDEST_GLIBC[0] && minor < OLDEST_GLIBC[1]))
    throw new InputError(
      `The native engine needs glibc ${OLDEST_GLIBC.join('.')}, and this machine has ${glibc}: ${instead}.`,
    );
}

/**
 * The wheels that hold a machine's libraries.
 * @throws InputError if there are none for it
 */
export function wheelsFor(machine: Machine, gpu: boolean): readonly WheelPin[] {
  const key = `${machine.platform}-${machine.arch}`;
  const wheels = WHEELS[gpu ? `${key}-gpu` : key];
  if (!wheels) {
    const known = Object.keys(WHEELS).filter((target) => target.endsWith('-gpu') === gpu);
    throw new InputError(
      `There is no native engine${gpu ? ' with GPU' : ''} for ${key}, only for ${known.join(', ')}: use the wasm engine${
        machine.platform === 'win32' ? ', or WSL' : ''
      }.`,
    );
  }
  if (machine.platform === 'linux') requireGlibc(machine.glibc);
  return wheels;
}
