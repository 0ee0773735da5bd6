import { InputError } from '@idlm/core-diffusion/errors';
import type { Command } from 'commander';
import type { SampleOptions } from '../commands/sample-flags';
import { withConfig } from '../flags/config-flags';
import { type Run, example } from './shared';

/** The one model that an argument or its option names; undefined for the student that comes with the package. */
function modelOf(folder: string | undefined, option: string | undefined): string | undefined {
  const model = folder ?? option;
  if (option !== undefined && option !== model)
    throw new InputError(`Two models are named, ${folder} and --model ${option}; name one.`);
  return model;
}

/** Adds the command that writes text. */
export function addSampling(program: Command, { terminal, interrupts, ranks }: Run): void {
  const sampling = program.command('sample').description('write text with a model; texts go to stdout');
  sampling
    .argument('[folder]', 'the same as --model')
    .option(
      '-m, --model <folder>',
      'model folder, run or ONNX file (default: a student of English that comes with idlm)',
    )
    .option('-n, --count <number>', 'texts to write, in all or for each of --prompts (default: 4, or 1 for each)')
    .option('--steps <number>', 'steps from noise to text (default: sampling.steps); not of an autoregressive model')
    .option('--length <number>', 'tokens of a text (default: those of the model)')
    .option('--prompt <text>', 'text that every sample begins with')
    .option(
      '--prompts <file>',
      'a prompt on each line, or in a field of each line of .jsonl (that of the training, else "prompt"); one text for each',
    )
    .option('--template <text>', 'text with holes to fill: each _ is a token to write, as in "call me ______ some"')
    .option(
      '--infill <text>',
      'text with holes that ends where it ends: [[5]] is five tokens, [[2-8]] two to eight, [[?]] as many as fit the text best',
    )
    .option(
      '--block <number>',
      'write so many tokens at a time; --length may then be more than the model reads (sampling.block)',
    )
    .option(
      '--sampler <name>',
      'how noise becomes text, as remdm or "{ name: remdm, options: { eta: 0.1 } }" (sampling.sampler)',
    )
    .option(
      '--temperature <number>',
      'sharper below 1, flatter above; 0: the likeliest token alone (sampling.temperature)',
    )
    .option('--pattern <expression>', 'regular expression that each text matches, behind its prompt (sampling.pattern)')
    .option('--top-p <share>', 'only the likeliest tokens that hold this probability together (sampling.nucleus)')
    .option('--top-k <number>', 'only the k likeliest tokens (sampling.topK)')
    .option(
      '--guidance <strength>',
      'follow what is given more closely: 1 as the model does, 2 and more sharper (sampling.guidance)',
    )
    .option(
      '--unconditional <folder>',
      'the model that guidance leads away from (default: the same, not shown what is given; sampling.unconditional)',
    )
    .option('--classifier <name>', 'classifier of an --import that guides the texts (sampling.classifier)')
    .option('--separator <text>', 'print texts as they are, with this behind each, instead of one per line')
    .option('--frames', 'write every step, to watch the text emerge')
    .option('--dry-run', 'say what would be done: parameters, calls, memory, time')
    .action(async (folder: string | undefined, options: Partial<SampleOptions>) => {
      const model = modelOf(folder, options.model);
      const { sampleCommand } = await import('../commands/sample');
      await sampleCommand({ ...(options as SampleOptions), model }, terminal, interrupts.signal, ranks);
    });
  example(
    withConfig(sampling, 'the same texts for the same seed; random: others each time'),
    'idlm sample --model runs/student --steps 8 --prompt "the whale "',
  );
}
