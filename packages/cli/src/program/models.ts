import type { TargetLayout } from '@idlm/denoiser/node';
import { type Command, Option } from 'commander';
import type { OnnxWeights } from '@idlm/onnx';
import type { ConvertOptions } from '../commands/convert';
import type { ExportOptions } from '../commands/export';
import type { ModelFileOptions } from '../commands/open-model';
import type { PullCommandOptions } from '../commands/pull';
import type { PushCommandOptions } from '../commands/push';
import { IMPORT, collect } from '../flags/config-flags';
import { ENGINES, type Run } from './shared';

const LAYOUTS = ['ours', 'mdlm', 'duo', 'sedd', 'ckpt'] satisfies readonly TargetLayout[];

const ONNX_WEIGHTS = ['f32', 'f16', 'q8', 'int8', 'q4'] satisfies readonly OnnxWeights[];

/** Adds the options of commands that open a model's files. */
const withModelFiles = (command: Command): Command =>
  command
    .option('--family <name>', 'kind of diffusion of a model whose config.json does not tell it')
    .addOption(
      new Option(
        '--weights <kind>',
        'of a checkpoint: the running average, or the last (default: ema where it is)',
      ).choices(['ema', 'raw']),
    )
    .option('--import <module>', IMPORT, collect, []);

/** Adds `idlm convert`. */
function addConvert(program: Command, { terminal }: Run): void {
  withModelFiles(
    program
      .command('convert')
      .description('write a model to another folder: bit for bit, in another layout, or its weights rounded')
      .argument('<from>', 'model folder, run, or checkpoint of PyTorch (.ckpt, .pt), of which no code runs')
      .argument('<to>', 'the new model folder'),
  )
    .addOption(
      new Option(
        '--layout <name>',
        'whose classes are to load it; ckpt: a checkpoint of PyTorch, as trainers leave them',
      )
        .choices(LAYOUTS)
        .default('ours'),
    )
    .option('--dtype <name>', 'f32, bf16 or f16: what weights are rounded to', 'f32')
    .option('--transformers', "with classes by which Python's transformers opens it")
    .option('--evaluation <folder>', 'of "idlm eval": its numbers go onto the card, and its record with the model')
    .option('--force', 'replace a folder that is there')
    .addHelpText(
      'after',
      '\nExamples:\n  $ idlm convert runs/student student-bf16 --dtype bf16\n  $ idlm convert last.ckpt model --weights ema',
    )
    .action(async (from: string, to: string, options: ConvertOptions) =>
      (await import('../commands/convert')).convertCommand(from, to, options, terminal),
    );
}

/** Adds `idlm export`. */
function addExport(program: Command, { terminal }: Run): void {
  program
    .command('export')
    .description('write a model as an ONNX file, for other runtimes and languages')
    .argument('<model>', 'model folder, run, or checkpoint of PyTorch (.ckpt, .pt)')
    .argument('<file>', 'the new file; from 256 MB on, weights lie in another beside it')
    .addOption(new Option('--format <name>', 'of the file').choices(['onnx']).default('onnx'))
    .addOption(
      new Option('--weights <kind>', 'what weights are kept as; q4 changes what a model writes')
        .choices(ONNX_WEIGHTS)
        .default('f32'),
    )
    .addOption(
      new Option('--opset <version>', 'of ONNX; 21 for older and other runtimes').choices(['23', '21']).default('23'),
    )
    .option(
      '--check',
      "compare its logits with the engine's, and of rounded weights its samples (with onnxruntime-node)",
    )
    .option('--samples <number>', 'samples by which --check judges rounded weights (default: 64)')
    .addOption(new Option('--engine <name>', 'which engine, for --check').choices(ENGINES).default('auto'))
    .option('--family <name>', 'kind of diffusion of a model whose config.json does not tell it')
    .option('--import <module>', IMPORT, collect, [])
    .option('--force', 'replace a file that is there')
    .addHelpText('after', '\nExample:\n  $ idlm export runs/student student.onnx --weights int8 --check')
    .action(async (model: string, file: string, options: ExportOptions) =>
      (await import('../commands/export')).exportCommand(model, file, options, terminal),
    );
}

/** Adds `idlm inspect`. */
function addInspect(program: Command, { terminal }: Run): void {
  withModelFiles(
    program
      .command('inspect')
      .description("say what a model's files hold, and what is odd about them, without reading its weights")
      .argument('<model>', 'model folder, run, checkpoint of PyTorch (.ckpt, .pt), or a file of safetensors'),
  )
    .addHelpText('after', '\nExample:\n  $ idlm inspect runs/student')
    .action(async (path: string, options: ModelFileOptions) =>
      (await import('../commands/inspect')).inspectCommand(path, options, terminal),
    );
}

/** Adds `idlm pull`. */
function addPull(program: Command, { terminal, interrupts }: Run): void {
  program
    .command('pull')
    .description('fetch a model of the Hugging Face Hub into its cache, with every byte checked')
    .argument('<name>', 'organisation/name, also with @revision')
    .option('--revision <name>', 'branch, tag or commit (default: main)')
    .option('--file <name>', 'the checkpoint (.ckpt) to take of several')
    .addHelpText('after', '\nExample:\n  $ idlm pull kuleshov-group/mdlm-owt')
    .action(async (name: string, options: PullCommandOptions) =>
      (await import('../commands/pull')).pullCommand(name, options, terminal, interrupts),
    );
}

/** Adds `idlm push`. */
function addPush(program: Command, { terminal, interrupts }: Run): void {
  program
    .command('push')
    .description('push a model to the Hugging Face Hub (HF_TOKEN), with its tokenizer and card')
    .argument('<folder>', 'model folder or run')
    .argument('<name>', 'organisation/name')
    .option('--revision <name>', 'branch (default: main)')
    .option('-m, --message <text>', 'title of the commit')
    .option('--private', 'make the repository private where there is none yet')
    .addHelpText('after', '\nExample:\n  $ idlm push runs/student my-name/my-student')
    .action(async (folder: string, name: string, options: PushCommandOptions) =>
      (await import('../commands/push')).pushCommand(folder, name, options, terminal, interrupts),
    );
}

/** Adds the commands that handle models as files. */
export function addModelCommands(program: Command, run: Run): void {
  addConvert(program, run);
  addExport(program, run);
  addInspect(program, run);
  addPull(program, run);
  addPush(program, run);
}
