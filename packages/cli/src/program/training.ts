import { InputError, quoted } from '@idlm/core-diffusion/errors';
import type { Command } from 'commander';
import type { RunFlags } from '../flags/config-flags';
import { type Run, example, withPresets, withRun } from './shared';

/** Adds the commands that make models. */
export function addTraining(program: Command, { terminal, interrupts, ranks }: Run): void {
  const training = program.command('train').description('train a teacher, or an autoregressive scorer');
  type Given = Omit<RunFlags, 'out'> & { readonly out?: string };
  training.argument('[target]', 'teacher or scorer', 'teacher').action(async (target: string, options: Given) => {
    if (target !== 'teacher' && target !== 'scorer')
      throw new InputError(
        `"idlm train" trains a teacher or a scorer; ${quoted(target)} was given. A text to train on is named by --set data.corpus=FILE.`,
      );
    await (
      await import('../commands/train')
    ).train(target, { ...options, out: options.out ?? `runs/${target}` }, terminal, interrupts, ranks);
  });
  example(
    withPresets(withRun(training, 'runs/teacher, of a scorer runs/scorer')),
    'idlm train --config idlm.yaml --out runs/teacher',
  );
  const distilling = program.command('distill').description('distil a few-step student from a teacher');
  distilling.requiredOption('-t, --teacher <folder>', 'model folder or run of the teacher');
  distilling.action(async (options: Given & { teacher: string }) =>
    (await import('../commands/distill')).distill(
      { ...options, out: options.out ?? 'runs/student' },
      terminal,
      interrupts,
      ranks,
    ),
  );
  example(withRun(distilling, 'runs/student'), 'idlm distill --teacher runs/teacher --out runs/student');
}
