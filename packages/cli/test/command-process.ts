import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Ended } from './command-line';

const TSX = pathToFileURL(join(__dirname, '../../../node_modules/tsx/dist/loader.mjs')).href;

/** Options of Node for a process that loads the sources. */
export const FROM_SOURCES: readonly string[] = ['--conditions=@idlm/source', '--import', TSX];

/** A process that runs command lines, one after another. */
export interface CommandProcess {
  idlm(...argv: string[]): Promise<Ended>;
  end(): Promise<void>;
}

/**
 * Starts a process that runs command lines in a folder. In it modules are loaded as Node loads them, each once, which is not
 * so in jest's; to load the sources takes some seconds, so command lines share a process unless they must not.
 */
export function commandProcess(folder: string): CommandProcess {
  const child: ChildProcess = fork(join(__dirname, 'command-server.ts'), [], {
    cwd: folder,
    execArgv: [...FROM_SOURCES],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    async idlm(...argv) {
      child.send(argv);
      const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with code ${code}`)));
      const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Ended];
      return answer;
    },
    async end() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
