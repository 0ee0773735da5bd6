import { type LoadedConfig } from '@idlm/recipe/config';
import type { RunRole } from '@idlm/recipe/records';
import { type Resumed, requireLooks, resumedRun } from '@idlm/recipe/runs';
import type { Terminal } from '../terminal';
import type { RunFlags } from '../flags/config-flags';
import { readLoadedConfig, readRunConfig } from './shared';

/** How a finished run ended, and that what is set changes nothing. */
function finishedSentence({ step, updates, changes }: Resumed): string {
  const ended = step < updates ? `its guard ended it after update ${step} of ${updates}` : `${step} of ${step} updates`;
  const kept = changes.map(({ path, from }) => `${path} stays ${JSON.stringify(from)}`).join(', ');
  return `Already finished: ${ended}. Nothing was changed${kept ? `; ${kept}` : ''}.`;
}

/** A configuration, and the run that it goes on with, if any. */
export interface Beginning {
  readonly loaded: LoadedConfig;
  readonly resumed?: Resumed;
}

/** The configuration of a new run, or that of the one to go on with and what is set over it. */
export async function beginningOf(options: RunFlags, role: RunRole): Promise<Beginning> {
  if (!options.resume) {
    const loaded = await readLoadedConfig(options);
    requireLooks(loaded.config, role);
    return { loaded };
  }
  const { loaded, records } = await readRunConfig(options.out, options);
  return { loaded, resumed: await resumedRun(loaded, records, role) };
}

/** Says that a run has ended before, where it has; tells whether it did. */
export function reportFinished(terminal: Terminal, resumed: Resumed | undefined): boolean {
  if (!resumed?.finished) return false;
  terminal.note(finishedSentence(resumed));
  const { step, path: model } = resumed.finished;
  terminal.result({ step, interrupted: false, finished: true, model }, () => model);
  return true;
}
