import { type Command, Option } from 'commander';
import type { VerifyCommandOptions } from '../commands/verify';
import { type Run, example } from './shared';

/** Adds the check of the theorem. */
export function addTheory(program: Command, { terminal }: Run): void {
  const verifying = program
    .command('verify')
    .description('check the uniqueness theorem by enumeration: the objective is KL(p‖p*), and its descent reaches p*');
  verifying
    .addOption(new Option('--process <name>', 'noise').choices(['both', 'absorbing', 'uniform']).default('both'))
    .option('--vocab <number>', 'tokens', '3')
    .option('--length <number>', 'positions', '3')
    .option('--seed <number>', 'seed of p* and of the starts', '1')
    .option('--starts <number>', 'random starts of the descent', '4')
    .option('--steps <number>', 'steps of each', '80')
    .option('--svg <file>', 'also draw the descents')
    .action(async (options: VerifyCommandOptions) =>
      (await import('../commands/verify')).verifyCommand(options, terminal),
    );
  example(verifying, 'idlm verify --vocab 4 --length 2 --svg descents.svg');
}
