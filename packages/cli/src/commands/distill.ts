import type { Communicator } from '@idlm/core-diffusion/ranks';
import { readModel } from '@idlm/recipe/models';
import { prepareStudentTraining } from '@idlm/recipe/runs';
import type { Interrupts, Terminal } from '../terminal';
import type { RunFlags } from '../flags/config-flags';
import { runTrainingCommand } from './training';

/** `idlm distill`. */
export const distill = (
  options: RunFlags & { readonly teacher: string },
  terminal: Terminal,
  interrupts: Interrupts,
  ranks?: Communicator,
): Promise<void> =>
  runTrainingCommand(
    {
      role: 'student',
      again: `distill --teacher ${options.teacher}`,
      prepare: async (loaded, onEvent) =>
        prepareStudentTraining(await readModel(options.teacher, loaded), loaded, { run: options.out, onEvent }),
    },
    options,
    terminal,
    interrupts,
    ranks,
  );
