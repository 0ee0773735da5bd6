import { InputError, nearest } from '@idlm/core-diffusion/errors';
import type { EngineName } from '@idlm/engine';
import type { InstallOptions } from '@idlm/engine/install';
import { Command, Option } from 'commander';
import type { CompareOptions } from './commands/compare';
import type { EngineCheckOptions } from './commands/engine-check';
import type { EvalOptions } from './commands/eval';
import type { QuickstartCommandOptions } from './commands/quickstart';
import type { ReportOptions } from './commands/report';
import type { ReproduceOptions } from './commands/reproduce';
import type { SampleOptions } from './commands/sample';
import type { RunOptions } from './commands/shared';
import type { VerifyCommandOptions } from './commands/verify';
import { IMPORT, collect, withConfig } from './flags/config-flags';
import { pullNamedModels } from './flags/hub-names';
import { describePresets } from './flags/presets';
import { COMMAND_SYNONYMS } from './flags/synonyms';
import { unknownWords } from './flags/unknown-words';
import { addModelCommands } from './model-commands';
import { QUICKSTART_DATA, QUICKSTART_FAMILIES } from './quickstart/settings';
import { type Interrupts, type Terminal, runCommand, terminalFor } from './terminal';
import { VERSION } from './version';

const ENGINES = ['auto', 'native', 'wasm', 'cpu'];

/** What every command's action is given. */
interface Run {
  readonly terminal: Terminal;
  readonly interrupts: Interrupts;
}

/** Options of commands that write a run directory. @param out how the default is said */
const withRun = (command: Command, out: string): Command =>
  withConfig(command)
    .option('-o, --out <folder>', `run directory (default: ${out})`)
    .option('--resume', 'go on from the last checkpoint, bit for bit')
    .option('--force', 'replace a run of the same kind that is there')
    .option('--dry-run', 'say what would be done: parameters, memory, time');

/** The presets in a command's help, read only when it is asked for. */
const withPresets = (command: Command): Command => command.addHelpText('after', () => `\n${describePresets()}`);

const example = (command: Command, text: string): Command => command.addHelpText('after', `\nExample:\n  $ ${text}`);

function addTraining(program: Command, { terminal, interrupts }: Run): void {
  const training = program.command('train').description('train a teacher, or an autoregressive scorer');
  type Given = Omit<RunOptions, 'out'> & { readonly out?: string };
  training.argument('[target]', 'teacher or scorer', 'teacher').action(async (target: string, options: Given) => {
    if (target !== 'teacher' && target !== 'scorer')
      throw new InputError(
        `"idlm train" trains a teacher or a scorer; "${target}" was given. A text to train on is named by --set data.corpus=FILE.`,
      );
    await (
      await import('./commands/train')
    ).train(target, { ...options, out: options.out ?? `runs/${target}` }, terminal, interrupts);
  });
  example(
    withPresets(withRun(training, 'runs/teacher, of a scorer runs/scorer')),
    'idlm train --config idlm.yaml --out runs/teacher',
  );
  const distilling = program.command('distill').description('distil a few-step student from a teacher');
  distilling.requiredOption('-t, --teacher <folder>', 'model folder or run of the teacher');
  distilling.action(async (options: Given & { teacher: string }) =>
    (await import('./commands/distill')).distill(
      { ...options, out: options.out ?? 'runs/student' },
      terminal,
      interrupts,
    ),
  );
  example(withRun(distilling, 'runs/student'), 'idlm distill --teacher runs/teacher --out runs/student');
}

/** The one model that an argument or its option names. */
function modelOf(folder: string | undefined, option: string | undefined): string {
  const model = folder ?? option;
  if (model === undefined) throw new InputError('No model is named; name the folder of one or of a run by --model.');
  if (option !== undefined && option !== model)
    throw new InputError(`Two models are named, ${folder} and --model ${option}; name one.`);
  return model;
}

function addSampling(program: Command, { terminal, interrupts }: Run): void {
  const sampling = program.command('sample').description('write text with a model; texts go to stdout');
  sampling
    .argument('[folder]', 'the same as --model')
    .option('-m, --model <folder>', 'model folder or run')
    .option('-n, --count <number>', 'texts to write, in all or for each of --prompts (default: 4, or 1 for each)')
    .option('--steps <number>', 'steps from noise to text (default: sampling.steps); not of an autoregressive model')
    .option('--length <number>', 'tokens of a text (default: those of the model)')
    .option('--prompt <text>', 'text that every sample begins with')
    .option('--prompts <file>', 'a prompt on each line, or in the "prompt" of each line of .jsonl; one text for each')
    .option('--template <text>', 'text with holes to fill: each _ is a token to write, as in "call me ______ some"')
    .option('--temperature <number>', 'sharper below 1, flatter above (sampling.temperature)')
    .option('--top-p <share>', 'only the likeliest tokens that hold this probability together (sampling.nucleus)')
    .option('--top-k <number>', 'only the k likeliest tokens (sampling.topK)')
    .option('--separator <text>', 'print texts as they are, with this behind each, instead of one per line')
    .option('--frames', 'write every step, to watch the text emerge')
    .action(async (folder: string | undefined, options: Partial<SampleOptions>) => {
      const model = modelOf(folder, options.model);
      const { sampleCommand } = await import('./commands/sample');
      await sampleCommand({ ...(options as SampleOptions), model }, terminal, interrupts.signal);
    });
  example(
    withConfig(sampling, 'the same texts for the same seed; random: others each time'),
    'idlm sample --model runs/student --steps 8 --prompt "the whale "',
  );
}

/** What is compared unless others are named. */
const COMPARED = 'idlm,continued-training,sdtt,dcd,didi-instruct,moment-matching';

function addEvaluation(program: Command, { terminal, interrupts }: Run): void {
  const evaluating = program
    .command('eval')
    .description('measure quality and diversity of teacher, student and baseline over steps and temperatures');
  evaluating
    .option('-t, --teacher <folder>', 'model folder or run')
    .option('-s, --student <folder>', 'model folder or run')
    .option('-b, --baseline <folder>', 'model folder or run of an autoregressive scorer, as a writer beside them')
    .option('--scorer <folder>', 'model folder or run of an autoregressive scorer, beside the n-gram scorer')
    .option('-o, --out <folder>', 'where manifest and report go', 'runs/eval')
    .option('--force', 'replace an evaluation that is there, which is else moved aside')
    .action(async (options: EvalOptions) =>
      (await import('./commands/eval')).evalCommand(options, terminal, interrupts.signal),
    );
  example(withConfig(evaluating), 'idlm eval --teacher runs/teacher --student runs/student --out runs/eval');
  const comparing = program
    .command('compare')
    .description('distil with several objectives from one teacher, at equal work and over seeds');
  comparing
    .option('--objectives <names>', 'objectives to compare, with commas', COMPARED)
    .option('--arm <name: settings>', 'a further arm, as "slow: distillation.student.learningRate=5e-5"', collect, [])
    .option('--seeds <numbers>', 'seeds, with commas', '1,2,3')
    .option('--passes <number>', 'network passes of each arm (default: those of distillation.updates)')
    .option('-t, --teacher <folder>', 'model folder or run (default: one is trained for each seed)')
    .option('--scorer <folder>', 'model folder or run of an autoregressive scorer, beside the n-gram scorer')
    .option('-o, --out <folder>', 'where numbers, models and the report go; what is made is kept', 'runs/compare')
    .action(async (options: CompareOptions) =>
      (await import('./commands/compare')).compareCommand(options, terminal, interrupts),
    );
  example(withConfig(comparing), 'idlm compare --objectives idlm,sdtt --seeds 1,2,3');
  const reproducing = program
    .command('reproduce')
    .description('run the evaluation of a manifest again and compare every number');
  reproducing
    .argument('<manifest>', 'manifest.json of an evaluation, or its folder')
    .option('--import <module>', IMPORT, collect, [])
    .option('--tolerance <share>', 'allowed relative difference (default: 0 on the same engine, else 0.05)')
    .addOption(new Option('--engine <name>', 'which engine (default: as configured then)').choices(ENGINES))
    .action(async (path: string, options: ReproduceOptions) =>
      (await import('./commands/reproduce')).reproduce(path, options, terminal, interrupts.signal),
    );
  example(reproducing, 'idlm reproduce runs/eval/manifest.json');
  const reporting = program.command('report').description('write the HTML report of an evaluation again');
  reporting
    .argument('<folder>', 'folder of an evaluation, quickstart or comparison')
    .option('-o, --out <file>', 'HTML file (default: report.html in the folder)')
    .option('--svg <file>', 'also write the quality plot as SVG')
    .action(async (folder: string, options: ReportOptions) =>
      (await import('./commands/report')).report(folder, options, terminal),
    );
  example(reporting, 'idlm report runs/eval --svg quality.svg');
}

function addEngine(program: Command, { terminal }: Run): void {
  const engine = program.command('engine').description('install or describe what computes');
  const installing = engine.command('install').description('bring the native engine (libtensorflow) for this user');
  installing
    .option('--index-url <url>', 'Python package index to take it from, instead of your own settings')
    .option('--from <path>', 'an installed TensorFlow, a wheel, or a folder with the libraries')
    .addOption(new Option('--via <way>', 'how to fetch').choices(['auto', 'pip', 'uv', 'index']))
    .option('--gpu', 'with CUDA (Linux x64; not yet run on a GPU by us)')
    .option('--force', 'install again')
    .action(async (options: InstallOptions) => (await import('./commands/engine')).engineInstall(options, terminal));
  example(installing, 'idlm engine install');
  const info = engine.command('info').description('backend, version, devices, threads and a measured rate');
  info
    .addOption(new Option('--engine <name>', 'which engine').choices(ENGINES).default('auto'))
    .action(async (options: { readonly engine: EngineName | 'auto' }) =>
      (await import('./commands/engine')).engineInfo(options, terminal),
    );
  example(info, 'idlm engine info --engine wasm');
  const checking = engine.command('check').description('compare what it computes with plain JavaScript, and time it');
  checking
    .addOption(new Option('--engine <name>', 'which engine').choices(ENGINES).default('auto'))
    .addOption(
      new Option('--compile <mode>', 'how steps are compiled').choices(['auto', 'graph', 'xla', 'off']).default('auto'),
    )
    .addOption(new Option('--precision <name>', 'of products').choices(['float32', 'tf32', 'bfloat16']))
    .action(async (options: EngineCheckOptions) =>
      (await import('./commands/engine-check')).engineCheck(options, terminal),
    );
  example(checking, 'idlm engine check --compile xla');
}

function addBeginnings(program: Command, { terminal, interrupts }: Run): void {
  const starting = program.command('quickstart').description('text to teacher to student to report, in a few minutes');
  starting
    .addOption(new Option('--engine <name>', 'which engine').choices(ENGINES).default('auto'))
    .option('--no-compile', 'op by op instead of whole steps at once')
    .addOption(
      new Option('--data <name>', 'text: a novel, or words, each padded to a row')
        .choices(QUICKSTART_DATA)
        .default('moby-dick'),
    )
    .addOption(new Option('--family <name>', 'kind of diffusion').choices(QUICKSTART_FAMILIES).default('mdlm'))
    .option('--seed <number>', 'seed of everything random', '1')
    .option(
      '-o, --out <folder>',
      'where models, numbers and the report go; what was interrupted goes on',
      'runs/quickstart',
    )
    .option('--smoke', 'much shorter, to see that it works')
    .action(async (options: QuickstartCommandOptions) =>
      (await import('./commands/quickstart')).quickstartCommand(options, terminal, interrupts),
    );
  example(starting, 'idlm quickstart --engine wasm');
  const init = program.command('init').description('write a commented configuration');
  init
    .argument('[file]', 'where', 'idlm.yaml')
    .option('--preset <name>', 'with the values of a preset, instead of the defaults')
    .option('--force', 'replace a file that is there')
    .action(async (path: string, options: { preset?: string; force?: boolean }) => {
      await (await import('@idlm/recipe/config')).initConfig({ path, ...options });
      terminal.result({ path }, () => path);
    });
  example(withPresets(init), 'idlm init my-text.yaml --preset duo');
}

function addTheory(program: Command, { terminal }: Run): void {
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
      (await import('./commands/verify')).verifyCommand(options, terminal),
    );
  example(verifying, 'idlm verify --vocab 4 --length 2 --svg descents.svg');
}

/** The nearest command for a mistyped one. */
function refuseCommand(program: Command, name: string): never {
  const names = program.commands.map((command) => command.name());
  const foreign = Object.entries(COMMAND_SYNONYMS).find(([, words]) => words.split(' ').includes(name));
  const close = foreign?.[0] ?? nearest(name, names);
  throw new InputError(
    `There is no command "${name}"; ${close ? `did you mean "${close}"?` : `choose one of ${names.join(', ')}.`}`,
  );
}

/** The `idlm` command line. Commands load their code when they run. */
export function createProgram(run: Run): Command {
  const program = new Command('idlm')
    .description('Train, distil, sample and measure diffusion language models.')
    .version(VERSION)
    .option('--json', 'results as JSON on stdout')
    .option('-q, --quiet', 'no notes and no progress')
    .option('--no-color', 'no colours')
    .showSuggestionAfterError()
    .exitOverride()
    .action((_options, { args }: Command) => {
      if (args.length) refuseCommand(program, args[0]!);
      program.outputHelp();
    })
    .allowExcessArguments();
  addBeginnings(program, run);
  addTraining(program, run);
  addSampling(program, run);
  addEvaluation(program, run);
  addModelCommands(program, run);
  program.hook('preAction', (_, command) => pullNamedModels(command, run.terminal, run.interrupts));
  addTheory(program, run);
  addEngine(program, run);
  example(program, 'idlm quickstart');
  return program;
}

/** The options that stand before or after any command; the terminal has read them already. */
const SHARED = ['--json', '--quiet', '-q', '--no-color'];

function withoutShared(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.filter((word, i) => (end >= 0 && i > end) || !SHARED.includes(word));
}

/** Refuses flags of other programs by what is written here; the parser knows mistyped ones alone. */
async function refuseForeign(program: Command, words: readonly string[]): Promise<void> {
  if (words.some((word) => word === '--help' || word === '-h')) return;
  const unknown = unknownWords(program, words);
  if (!unknown.flags.length && !unknown.words.length) return;
  (await import('./flags/advice')).refuseForeignFlags(program, unknown);
}

/** Runs a command line; returns its exit code: 0 done, 1 our fault, 2 the user's mistake, 130 interrupted. */
export async function run(argv: readonly string[]): Promise<number> {
  const terminal = terminalFor(argv);
  const code = await runCommand(terminal, async (interrupts) => {
    const program = createProgram({ terminal, interrupts });
    // The library adds its `complete` command, which shells call at every tab; no other command needs to load it.
    if (argv[0] === 'complete') (await import('@bomb.sh/tab/commander')).default(program);
    else
      program
        .command('complete')
        .argument('<shell>', 'bash, zsh, fish or powershell')
        .description('print a script that completes idlm in a shell');
    const words = argv[0] === 'complete' ? [...argv] : withoutShared(argv);
    if (argv[0] !== 'complete') await refuseForeign(program, words);
    await program.parseAsync(words, { from: 'user' });
  });
  return code || Number(process.exitCode ?? 0);
}
