import { InputError } from '@idlm/core-diffusion';
import type { LoadedConfig } from '../config/load';
import type { RunRole } from '../records/run-records';

/**
 * The configuration of a run that several ranks begin. What it sets of a batch is what each rank does; the run's own settings, and its
 * record, count the batches of all, so that any number of ranks, or one process, can go on with it.
 * @throws InputError for a scorer, which one process trains
 */
export function overRanks(loaded: LoadedConfig, role: RunRole, ranks: number): LoadedConfig {
  if (ranks === 1) return loaded;
  if (role === 'scorer')
    throw new InputError('A scorer is trained by one process; start "idlm train scorer" without mpirun or srun.');
  const section = role === 'teacher' ? 'teacher' : 'distillation';
  const { config } = loaded;
  const accumulate = config[section].accumulate * ranks;
  return { ...loaded, config: { ...config, [section]: { ...config[section], accumulate } } };
}
