import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** The processor as far as it decides how to compute. */
export interface Processor {
  /** Such as `AMD EPYC 9B14`. */
  readonly model: string;
  /** Cores that this process may use: hardware threads of one core count once, and a container's limit counts. */
  readonly cores: number;
  /** Which of `FEATURES` it has; none where the system does not tell, as on macOS. */
  readonly features: readonly string[];
}

/** Instruction sets that TensorFlow's products of matrices use, in the names of Linux. */
const FEATURES = ['avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_tile', 'amx_bf16', 'bf16'] as const;

/** Hardware threads per core, from the text of /proc/cpuinfo; 1 where it does not say. */
export function threadsPerCore(cpuinfo: string): number {
  const valuesOf = (name: string) =>
    Array.from(cpuinfo.matchAll(new RegExp(`^${name}\\s*:\\s*(\\d+)$`, 'gm')), ([, value]) => value!);
  const [packages, cores] = [valuesOf('physical id'), valuesOf('core id')];
  const distinct = new Set(cores.map((core, i) => `${packages[i]}/${core}`)).size;
  return distinct ? cores.length / distinct : 1;
}

/** Which of `FEATURES` the text of /proc/cpuinfo names. */
export function featuresIn(cpuinfo: string): string[] {
  const [, line = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo) ?? [];
  const named = new Set(line.trim().split(/\s+/));
  return FEATURES.filter((feature) => named.has(feature));
}

/** Processors that a container may use, from the text of its cpu.max ("max 100000", "150000 100000"); rounded up. */
export function quotaIn(limit: string): number {
  const [quota, period] = limit.trim().split(' ').map(Number) as [number, number?];
  return quota > 0 && period ? Math.ceil(quota / period) : Infinity;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The processor of this machine, as far as this process may use it: whole cores, at least 1, of the affinity of the process and of the
 * limit of its container, whichever is less. Features are read on Linux alone.
 * @example
 * ```ts
 * import { thisProcessor } from '@idlm/engine';
 *
 * const { cores, features } = thisProcessor();
 * console.log(cores >= 1, Array.isArray(features)); // → true true
 * ```
 */
export function thisProcessor(): Processor {
  const cpuinfo = textOf('/proc/cpuinfo');
  const cores = Math.ceil(availableParallelism() / threadsPerCore(cpuinfo));
  return {
    model: cpus()[0]?.model.trim() ?? 'unknown',
    cores: Math.max(1, Math.min(cores, quotaIn(textOf('/sys/fs/cgroup/cpu.max')))),
    features: featuresIn(cpuinfo),
  };
}
