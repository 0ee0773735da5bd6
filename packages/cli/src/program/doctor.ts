import { type Command, Option } from 'commander';
import type { DoctorOptions } from '../commands/doctor';
import { ENGINES, type Run, example } from './shared';

/** Adds the command that looks at the installation. */
export function addDoctor(program: Command, { terminal }: Run): void {
  const looking = program
    .command('doctor')
    .description('check the installation: what is right, what is missing, what to do')
    .addOption(new Option('--engine <name>', 'which engine').choices(ENGINES).default('auto'))
    .action(async (options: DoctorOptions) => (await import('../commands/doctor')).doctor(options, terminal));
  example(looking, 'mpirun -n 2 idlm doctor');
}
