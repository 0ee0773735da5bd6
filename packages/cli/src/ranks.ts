import type { MpiRanks } from '@idlm/mpi';
import { EXIT, type Terminal, createTerminal, failureOf, terminalFor } from './terminal';
import { run } from './program';

/** The terminal of a rank: that of rank 0 is the command's, others keep what they would say until it is known who speaks. */
function terminalOf(argv: readonly string[], rank: number): { readonly terminal: Terminal; said(): string } {
  if (rank === 0) return { terminal: terminalFor(argv), said: () => '' };
  let kept = '';
  const nowhere = { write: () => true };
  const stderr = { write: (text: string) => (kept += text) };
  return { terminal: createTerminal({ stdout: nowhere, stderr, quiet: true }), said: () => kept };
}

/** Says what a rank had to say, by its number. */
function say(rank: number, text: string): void {
  const lines = text.split('\n').filter(Boolean);
  if (rank > 0) process.stderr.write(lines.map((line) => `rank ${rank}: ${line}\n`).join(''));
}

/**
 * Ends a rank. Where all have ended, the first that failed speaks, and all leave with the largest code; one that failed while
 * others go on takes them along, since they would wait for it.
 */
async function end(ranks: MpiRanks, own: number, said: string): Promise<never> {
  const { rank } = ranks;
  const codes = await ranks.codes(own);
  if (!codes) {
    say(rank, said);
    process.stderr.write(`error: rank ${rank} ended by itself, and the job ends with it.\n`);
    return ranks.abort(own || EXIT.fault);
  }
  if (codes.findIndex((code) => code !== EXIT.done) === rank) say(rank, said);
  return ranks.leave(Math.max(...codes));
}

/**
 * Runs a command line as one rank of several. The process ends here; where MPI cannot be opened it ends by itself.
 * @returns the exit code where it was no rank after all
 */
export async function runAsRank(argv: readonly string[]): Promise<number> {
  const { openRanks } = await import('@idlm/mpi');
  let ranks: MpiRanks | undefined;
  try {
    ranks = await openRanks();
  } catch (error) {
    const { message, exitCode } = failureOf(error, Boolean(process.env['IDLM_DEBUG']));
    terminalFor(argv).error(message);
    return exitCode;
  }
  if (!ranks) return run(argv);
  const { terminal, said } = terminalOf(argv, ranks.rank);
  const code = await run(argv, { terminal, ranks });
  return end(ranks, code, said());
}
