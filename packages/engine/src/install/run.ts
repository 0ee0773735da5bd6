import { spawn } from 'node:child_process';

/** How a command ended. */
export interface Finished {
  /** Exit code; nothing if the command could not be started. */
  readonly code: number | null | undefined;
  /** As UTF-8. */
  readonly stdout: string;
  /** As UTF-8, with `ended by SIGNAL` behind it where a signal ended the command, or why it could not be started. */
  readonly stderr: string;
}

/**
 * Runs a command without a shell, and with nothing to read, and waits for it. How it ends is told and never thrown.
 * @param command a program's path, or its name on the path
 */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    child.on('error', (error) => resolve({ ...output, code: undefined, stderr: error.message }));
    child.on('close', (code, signal) =>
      resolve({ ...output, code, stderr: signal ? `${output.stderr}\nended by ${signal}` : output.stderr }),
    );
  });
}

/** The line of a command's output that tells why it failed: the last that speaks of an error, else the last. */
export function reasonIn(output: string): string {
  const lines = output.trim().split('\n');
  return (lines.filter((line) => /error/i.test(line)).at(-1) ?? lines.at(-1) ?? '').trim() || 'it gave no reason';
}
