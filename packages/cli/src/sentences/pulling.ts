import type { PullProgress } from '@idlm/hub';
import { type Terminal, terminalReporter } from '../terminal';

/** Shows how much of a model has come, in megabytes. */
export const showPulling = (name: string, terminal: Terminal): ((progress: PullProgress) => void) => {
  const reporter = terminalReporter(terminal);
  const megabytes = (count: number) => Math.ceil(count / 1e6);
  return ({ path, bytes: there, total }) =>
    reporter.progress(
      `Pulling ${name}, MB`,
      there < total ? Math.floor(there / 1e6) : megabytes(total),
      megabytes(total),
      path,
    );
};
