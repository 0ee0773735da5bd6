import { type Progress, createProgress } from './progress';
import type { Terminal } from './terminal';

/** Where a job tells how it goes. */
export interface TerminalReporter {
  /** One line. */
  note(line: string): void;
  /** What is done from now on, shown on a terminal until something else or some progress is. */
  doing(what: string): void;
  /** How far something is; another label begins another line, and the last count ends it. */
  progress(label: string, done: number, total: number, detail?: string): void;
}

/** A job's notes and progress on a terminal. */
export function terminalReporter(terminal: Terminal): TerminalReporter {
  let current: { readonly label: string; readonly progress: Progress } | undefined;
  const end = () => {
    current?.progress.end();
    current = undefined;
  };
  return {
    note: (line) => terminal.note(line),
    doing: (what) => terminal.status(`${what} …`),
    progress(label, done, total, detail) {
      if (current?.label !== label) {
        end();
        current = { label, progress: createProgress(terminal, { label, total, from: done }) };
      }
      current.progress.update(done, detail);
      if (done >= total) end();
    },
  };
}
