import { rmSync } from 'node:fs';

/** Signals that end a process without its exit listeners, unless somebody listens. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const files = new Set<string>();

function removeAll(): void {
  for (const path of files) {
    try {
      rmSync(path, { force: true });
    } catch {
      // The process ends; what cannot be removed stays.
    }
  }
  files.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // Another listener ends the process in its own way, or goes on.
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  unwatch();
  process.kill(process.pid, signal);
}

function watch(): void {
  process.on('exit', removeAll);
  SIGNALS.forEach((signal) => process.on(signal, onSignal));
}

function unwatch(): void {
  process.off('exit', removeAll);
  SIGNALS.forEach((signal) => process.off(signal, onSignal));
}

/**
 * Removes a file when the process ends: by itself, by an error, or by a signal that nobody else listens to, which ends it still.
 * A process that is killed at once (SIGKILL) leaves it.
 * @param create makes the file without a pause, so that no signal is heard before it is known
 * @returns whether there is a file, as `create` said
 */
export function createUntilExit(path: string, create: () => boolean): boolean {
  if (!files.size) watch();
  const isKnown = files.has(path);
  let isMade = false;
  files.add(path);
  try {
    return (isMade = create());
  } finally {
    if (!isMade && !isKnown) forgetAtExit(path);
  }
}

/** Leaves a file to others: it is not removed at the end. */
export function forgetAtExit(path: string): void {
  if (files.delete(path) && !files.size) unwatch();
}
