import type { Communicator } from '@idlm/core-diffusion/ranks';
import { COMMANDS } from '@idlm/recipe/records';
import { type TrainedOnText, prepareTextTraining } from '@idlm/recipe/runs';
import type { Interrupts, Terminal } from '../terminal';
import type { RunFlags } from '../flags/config-flags';
import { runTrainingCommand } from './training';

/** `idlm train [teacher|scorer]`. */
export const train = (
  target: TrainedOnText,
  options: RunFlags,
  terminal: Terminal,
  interrupts: Interrupts,
  ranks?: Communicator,
): Promise<void> =>
  runTrainingCommand(
    {
      role: target,
      again: COMMANDS[target],
      prepare: (loaded, onEvent) => prepareTextTraining(target, loaded, { run: options.out, onEvent }),
    },
    options,
    terminal,
    interrupts,
    ranks,
  );
