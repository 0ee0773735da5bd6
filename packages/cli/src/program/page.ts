import type { OnnxWeights } from '@idlm/onnx';
import { type Command, Option } from 'commander';
import type { PageCommandOptions } from '../commands/page';
import { withConfig } from '../flags/config-flags';
import { type Run, example } from './shared';

const WEIGHTS = ['f32', 'f16', 'q8', 'int8', 'q4'] satisfies readonly OnnxWeights[];

/** Adds the command that writes a page. */
export function addPage(program: Command, { terminal, interrupts }: Run): void {
  const page = program
    .command('page')
    .description('write a page of static files on which models write text, in the browser alone')
    .argument('<folder>', 'a new folder, or that of an earlier page')
    .option(
      '--student <folder>',
      'model folder or run (default: the student of English that comes with idlm, and its teacher)',
    )
    .option('--teacher <folder>', 'model folder or run; it also measures what is written')
    .addOption(new Option('--weights <kind>', 'what weights are kept as').choices(WEIGHTS).default('q8'))
    .option('--shell <folder>', "HTML, styles and scripts of yours instead of the page's own")
    .option('--serve <port>', 'then serve it to this machine until it is interrupted; 0 for any port')
    .action(async (folder: string, options: PageCommandOptions) =>
      (await import('../commands/page')).pageCommand(folder, options, terminal, interrupts.signal),
    );
  example(withConfig(page), 'idlm page site --student runs/student --teacher runs/teacher --serve 8080');
}
