import { type Command, Option } from 'commander';
import type { CompareOptions } from '../commands/compare';
import type { EvalOptions } from '../commands/eval';
import type { ReportOptions } from '../commands/report';
import type { ReproduceOptions } from '../commands/reproduce';
import type { PublishedOptions } from '../commands/reproduce-published';
import type { SearchGridOptions } from '../commands/search-grid';
import { IMPORT, collect, withConfig } from '../flags/config-flags';
import { ENGINES, type Run, example } from './shared';

/** What is compared unless others are named. */
const COMPARED = ['idlm', 'continued-training', 'sdtt', 'dcd', 'didi-instruct', 'moment-matching'];

/** What a report is written as. */
const REPORT_FORMATS = ['html', 'md', 'json', 'csv'];

/** Rows of published tables. */
const PUBLISHED = 'mdlm, idlm-mdlm, duo, duo-dcd, idlm-duo, idlm-dcd';

/** Adds `idlm eval`. */
function addEval(program: Command, { terminal, interrupts, ranks }: Run): void {
  const evaluating = program
    .command('eval')
    .description('measure quality and diversity of teacher, student and baseline over steps and temperatures');
  evaluating
    .option('-t, --teacher <folder>', 'model folder or run')
    .option('-s, --student <folder>', 'model folder or run')
    .option('-b, --baseline <folder>', 'model folder or run of an autoregressive scorer, as a writer beside them')
    .option('--scorer <folder>', 'a GPT-2, or a run of idlm train scorer, as a judge beside the n-gram scorer')
    .option('--zero-shot', 'all of the text is held out, since no model was trained on it (data.heldOut=1)')
    .option('-o, --out <folder>', 'where manifest and report go', 'runs/eval')
    .option('--force', 'replace an evaluation that is there, which is else moved aside')
    .option('--dry-run', 'say what would be done: parameters, evaluations, memory, time')
    .action(async (options: EvalOptions) =>
      (await import('../commands/eval')).evalCommand(options, terminal, interrupts.signal, ranks),
    );
  example(withConfig(evaluating), 'idlm eval --teacher runs/teacher --student runs/student --out runs/eval');
}

/** Adds `idlm compare`. */
function addCompare(program: Command, { terminal, interrupts }: Run): void {
  const comparing = program
    .command('compare')
    .description('distil with several objectives from one teacher, at equal work and over seeds');
  comparing
    .addOption(
      new Option('--objectives <names>', 'objectives to compare, with commas').default(
        COMPARED.join(),
        COMPARED.join(', '),
      ),
    )
    .option('--arm <name: settings>', 'a further arm, as "slow: distillation.student.learningRate=5e-5"', collect, [])
    .option('--seeds <numbers>', 'seeds, with commas', '1,2,3')
    .option('--passes <number>', 'network passes of each arm (default: those of distillation.updates)')
    .option('-t, --teacher <folder>', 'model folder or run (default: one is trained for each seed)')
    .option('--scorer <folder>', 'a GPT-2, or a run of idlm train scorer, as a judge beside the n-gram scorer')
    .option('-o, --out <folder>', 'where numbers, models and the report go; what is made is kept', 'runs/compare')
    .action(async (options: CompareOptions) =>
      (await import('../commands/compare')).compareCommand(options, terminal, interrupts),
    );
  example(withConfig(comparing), 'idlm compare --objectives idlm,sdtt --seeds 1,2,3');
}

/** Adds `idlm reproduce`. */
function addReproduce(program: Command, { terminal, interrupts }: Run): void {
  const reproducing = program
    .command('reproduce')
    .description('run the evaluation of a manifest again and compare every number, or a published row by its recipe');
  reproducing
    .argument('[manifest]', 'manifest.json of an evaluation, or its folder')
    .option('--import <module>', IMPORT, collect, [])
    .option('--tolerance <share>', 'allowed relative difference (default: 0 on the same engine, else 0.05)')
    .addOption(new Option('--engine <name>', 'which engine (default: as configured then)').choices(ENGINES))
    .option('--published <name>', `instead of a manifest, a row of IDLM's paper: ${PUBLISHED}`)
    .option('-m, --model <folder>', "the row's weights")
    .option('--scorer <folder>', "the row's judge, gpt2-large")
    .option('--corpus <file>', 'text whose held-out part MAUVE compares with')
    .option('--samples <number>', 'samples (default: 80, as its scripts)')
    .option('--tokenizer <name>', 'gpt2 (default), or a folder')
    .option('--seed <number>', 'seed of the samples')
    .option('-o, --out <folder>', "where a published row's manifest and report go (default: runs/published-NAME)")
    .action(async (path: string | undefined, options: ReproduceOptions & Partial<PublishedOptions>) =>
      (await import('../commands/reproduce')).reproduceCommand(path, options, terminal, interrupts.signal),
    );
  example(reproducing, 'idlm reproduce runs/eval/manifest.json');
}

/** Adds `idlm search-grid`. */
function addSearchGrid(program: Command, { terminal, interrupts }: Run): void {
  const searching = program
    .command('search-grid')
    .description('search the times of the steps at which a model writes best, at equal entropy')
    .requiredOption('-m, --model <folder>', 'model folder or run')
    .option('--steps <number>', 'steps from noise to text (default: sampling.steps)')
    .option('--scorer <folder>', 'a GPT-2, or a run of idlm train scorer, as a judge beside the n-gram scorer')
    .option('--rounds <number>', 'rounds of tries around the best grid so far', '4')
    .option('--tries <number>', 'grids of a round', '8')
    .option('-o, --out <file>', 'configuration with the grid, for idlm sample --config', 'runs/grid.yaml')
    .option('--save', "make it the model's own for as many steps (generation_config.json), if it is better")
    .option('--force', 'replace a file that is there')
    .action(async (options: SearchGridOptions) =>
      (await import('../commands/search-grid')).searchGridCommand(options, terminal, interrupts.signal),
    );
  example(withConfig(searching), 'idlm search-grid --model runs/student --steps 4');
}

/** Adds `idlm report`. */
function addReport(program: Command, { terminal }: Run): void {
  const reporting = program
    .command('report')
    .description('show a run as a page or a table, or several runs beside each other');
  reporting
    .argument('<run...>', 'folders of idlm eval, quickstart, compare, train or distill, or their report.json')
    .addOption(
      new Option('--format <name>', 'html, or tables for a paper, a program or a spreadsheet (default: html)').choices(
        REPORT_FORMATS,
      ),
    )
    .option('-o, --out <file>', 'file (default: report.html in the folder, runs/report.html of several; else stdout)')
    .option('--svg <file>', 'also write the quality plot of one evaluation as SVG')
    .action(async (paths: readonly string[], options: ReportOptions) =>
      (await import('../commands/report')).report(paths, options, terminal),
    );
  example(reporting, 'idlm report runs/eval runs/eval-1 --format md');
}

/** Adds the commands that measure models, and show and repeat what was found. */
export function addEvaluation(program: Command, run: Run): void {
  addEval(program, run);
  addCompare(program, run);
  addReproduce(program, run);
  addSearchGrid(program, run);
  addReport(program, run);
}
