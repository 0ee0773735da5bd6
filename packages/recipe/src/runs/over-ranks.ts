import type { Config } from '../config/schema';
import type { LoadedConfig } from '../config/load';
import type { RunRole } from '../records/run-records';

/** A configuration whose runs of a role have another number of batches in each update. */
const ACCUMULATED: Readonly<Record<RunRole, (config: Config, ranks: number) => Config>> = {
  teacher: ({ teacher, ...others }, ranks) => ({
    ...others,
    teacher: { ...teacher, accumulate: teacher.accumulate * ranks },
  }),
  student: ({ distillation, ...others }, ranks) => ({
    ...others,
    distillation: { ...distillation, accumulate: distillation.accumulate * ranks },
  }),
  scorer: ({ scorers, ...others }, ranks) => {
    const { autoregressive } = scorers;
    const accumulate = autoregressive.accumulate * ranks;
    return { ...others, scorers: { ...scorers, autoregressive: { ...autoregressive, accumulate } } };
  },
};

/**
 * The configuration of a run that several ranks begin. What it sets of a batch is what each rank does; the run's own settings, and its
 * record, count the batches of all, so that any number of ranks, or one process, can go on with it.
 */
export const overRanks = (loaded: LoadedConfig, role: RunRole, ranks: number): LoadedConfig =>
  ranks === 1 ? loaded : { ...loaded, config: ACCUMULATED[role](loaded.config, ranks) };
