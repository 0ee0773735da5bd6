import { InputError, didYouMean, shortened } from '@idlm/core-diffusion/errors';
import { type Communicator, firstThenOthers, oneRank } from '@idlm/core-diffusion/ranks';
import { Command } from 'commander';
import { helpWithChoices } from './flags/help-with-choices';
import { pullNamedModels } from './flags/hub-names';
import { COMMAND_SYNONYMS } from './flags/synonyms';
import { unknownWords } from './flags/unknown-words';
import { addBeginnings } from './program/beginnings';
import { addDoctor } from './program/doctor';
import { addEngine } from './program/engine';
import { addEvaluation } from './program/evaluation';
import { addModelCommands } from './program/models';
import { addOptions } from './program/options';
import { addPage } from './program/page';
import { addPreparing } from './program/preparing';
import { addSampling } from './program/sampling';
import { addServing } from './program/serving';
import { type Run, example, requireRanks } from './program/shared';
import { addTheory } from './program/theory';
import { addTraining } from './program/training';
import { type Terminal, runCommand, terminalFor } from './terminal';
import { VERSION } from './version';

/** The nearest command for a mistyped one. */
function refuseCommand(program: Command, name: string): never {
  const names = program.commands.map((command) => command.name());
  const [meant] = Object.entries(COMMAND_SYNONYMS).find(([, words]) => words.split(' ').includes(name)) ?? [];
  const help = meant === undefined ? didYouMean(name, names) : didYouMean(meant, [meant]);
  throw new InputError(`There is no command "${shortened(name)}"; ${help}`);
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
    });
  addBeginnings(program, run);
  addOptions(program, run);
  addPreparing(program, run);
  addTraining(program, run);
  addSampling(program, run);
  addServing(program, run);
  addPage(program, run);
  addEvaluation(program, run);
  addModelCommands(program, run);
  program.hook('preAction', async (_, command) => {
    requireRanks(run, command.name());
    await firstThenOthers(run.ranks ?? oneRank, () => pullNamedModels(command, run.terminal, run.interrupts));
  });
  addTheory(program, run);
  addEngine(program, run);
  addDoctor(program, run);
  example(program, 'idlm quickstart');
  // Behind the others, which would inherit it: a word that is no command is refused with the nearest one.
  return program.allowExcessArguments();
}

/** The options that stand before or after any command; the terminal has read them already. */
const SHARED = ['--json', '--quiet', '-q', '--no-color'];

function withoutShared(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.filter((word, i) => (end >= 0 && i > end) || !SHARED.includes(word));
}

const asksForHelp = (words: readonly string[]): boolean => words.some((word) => word === '--help' || word === '-h');

/** Refuses flags of other programs by what is written here; the parser knows mistyped ones alone. */
async function refuseForeign(program: Command, words: readonly string[]): Promise<void> {
  const unknown = unknownWords(program, words);
  if (!unknown.flags.length && !unknown.words.length) return;
  (await import('./flags/advice')).refuseForeignFlags(program, unknown);
}

/** By whom a command line is run. */
export interface RunBy {
  /** Default: that of this process. */
  readonly terminal?: Terminal;
  /** Several processes that run it together (default: this one alone). */
  readonly ranks?: Communicator;
}

/** Runs a command line; returns its exit code: 0 done, 1 our fault, 2 the user's mistake, 130 interrupted. */
export async function run(
  argv: readonly string[],
  { terminal = terminalFor(argv), ranks }: RunBy = {},
): Promise<number> {
  const code = await runCommand(terminal, async (interrupts) => {
    const program = createProgram({ terminal, interrupts, ranks });
    // The library adds its `complete` command, which shells call at every tab; no other command needs to load it.
    if (argv[0] === 'complete') (await import('@bomb.sh/tab/commander')).default(program);
    else
      program
        .command('complete')
        .argument('<shell>', 'bash, zsh, fish or powershell')
        .description('print a script that completes idlm in a shell');
    const words = argv[0] === 'complete' ? [...argv] : withoutShared(argv);
    if (asksForHelp(words)) await helpWithChoices(program, words);
    else if (argv[0] !== 'complete') await refuseForeign(program, words);
    await program.parseAsync(words, { from: 'user' });
  });
  return code || Number(process.exitCode ?? 0);
}
