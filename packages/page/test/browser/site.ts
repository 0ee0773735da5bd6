import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sirv from 'sirv';
import { buildShell } from '../../build/shell.mjs';

/** What a test does in the place of the server; true where it has answered. */
type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A page of the pair that comes with idlm, and a server of it that can be made to fail. */
export interface Site {
  readonly folder: string;
  readonly address: string;
  /** What was asked for, as `path range`. */
  readonly asked: string[];
  /** Answers in the server's place from now on; null: the server answers. */
  failBy(fault: Fault | null): void;
  /** Ends the server, for good. */
  stop(): void;
  remove(): void;
}

const command = (...argv: string[]): string[] => [
  ...['--conditions=@idlm/source', '--import', 'tsx', join(__dirname, '../../../cli/src/main.ts')],
  ...argv,
];

/** Serves a page by `idlm serve`, with the pair that comes with idlm. */
export async function serveByCommand(folder: string): Promise<{ readonly address: string; stop(): void }> {
  const argv = command('serve', '--port', '0', '--page', folder, '--quiet');
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { address: line.toString().trim(), stop: () => void child.kill() };
}

/** Writes the page by the command, with its own files bundled from their sources. */
async function writeSite(folder: string): Promise<void> {
  const shell = join(folder, 'shell');
  await buildShell(shell, { conditions: ['@idlm/source'] });
  execFileSync(process.execPath, command('page', join(folder, 'site'), '--shell', shell, '--quiet'));
}

/** Makes and serves a page. */
export async function openSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'idlm-page-'));
  await writeSite(folder);
  const answer = sirv(join(folder, 'site'), { dev: true });
  const asked: string[] = [];
  let fault: Fault | null = null;
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? ''}`.trim());
    if (!fault?.(request, response)) answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return {
    folder: join(folder, 'site'),
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    failBy: (given) => void (fault = given),
    stop,
    remove() {
      stop();
      rmSync(folder, { recursive: true });
    },
  };
}
