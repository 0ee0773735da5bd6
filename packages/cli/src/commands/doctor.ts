import type { EngineName } from '@idlm/engine';
import { type MpiRanks, openRanks } from '@idlm/mpi';
import { examine } from '../doctor/examine';
import type { Finding } from '../doctor/finding';
import { linesOf, told } from '../doctor/report';
import { EXIT, type Terminal, terminalReporter } from '../terminal';

/** Options of `idlm doctor`. */
export interface DoctorOptions {
  readonly engine: EngineName | 'auto';
}

/** What each rank found, on all of them. */
async function ofAllRanks(own: readonly Finding[], ranks: MpiRanks | undefined): Promise<(readonly Finding[])[]> {
  if (!ranks) return [own];
  const all = await ranks.gather(new TextEncoder().encode(JSON.stringify(own)));
  return all.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Finding[]);
}

/** `idlm doctor`: what is right about the installation, what is missing, and what to do; exit code 1 where something is broken. */
export async function doctor({ engine }: DoctorOptions, terminal: Terminal): Promise<void> {
  const reporter = terminalReporter(terminal);
  const ranks = await openRanks();
  const own = await examine({ engine, ranks, onLook: (what) => reporter.doing(`Looking at ${what}`) });
  const all = await ofAllRanks(own, ranks);
  const findings = told(all);
  const broken = findings.filter(({ state }) => state === 'error').length;
  terminal.status('');
  terminal.result({ passed: broken === 0, findings }, () => linesOf(findings, terminal.colours));
  terminal.note(broken === 0 ? 'Nothing is broken.' : `${broken} ${broken === 1 ? 'thing is' : 'things are'} broken.`);
  if (broken > 0) process.exitCode = EXIT.fault;
}
