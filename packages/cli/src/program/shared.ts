import { type Communicator, InputError } from '@idlm/core-diffusion/ranks';
import type { Command } from 'commander';
import { withConfig } from '../flags/config-flags';
import { describePresets } from '../flags/presets';
import type { Interrupts, Terminal } from '../terminal';

/** Engines as flags name them. */
export const ENGINES = ['auto', 'native', 'wasm', 'cpu'];

/** What every command's action is given. */
export interface Run {
  readonly terminal: Terminal;
  readonly interrupts: Interrupts;
  /** Processes that run it together (default: this one alone). */
  readonly ranks?: Communicator;
}

/** Commands that several ranks run together. */
const OF_RANKS = ['train', 'distill', 'eval', 'sample', 'doctor'];

/** @throws InputError where several ranks run a command that one process runs */
export function requireRanks({ ranks }: Run, command: string): void {
  if (!ranks || OF_RANKS.includes(command)) return;
  throw new InputError(
    `"idlm ${command}" is run by one process, and ${ranks.size} ranks were started; start it without mpirun or srun.`,
  );
}

/** Options of commands that write a run directory. @param out how the default is said */
export const withRun = (command: Command, out: string): Command =>
  withConfig(command)
    .option('-o, --out <folder>', `run directory (default: ${out})`)
    .option('--resume', 'go on from the last checkpoint, bit for bit')
    .option('--force', 'replace a run of the same kind that is there')
    .option('--dry-run', 'say what would be done: parameters, memory, time');

/** The presets in a command's help, read only when it is asked for. */
export const withPresets = (command: Command): Command => command.addHelpText('after', () => `\n${describePresets()}`);

/** An example in a command's help. */
export const example = (command: Command, text: string): Command =>
  command.addHelpText('after', `\nExample:\n  $ ${text}`);
