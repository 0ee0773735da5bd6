import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this machine that answers by path. */
export interface LocalServer {
  readonly url: string;
  /** Requests so far, as `METHOD path`. */
  readonly requests: string[];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts a server that answers 404 to paths that are not named. */
export async function serve(answers: Readonly<Record<string, Answer>>): Promise<LocalServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const answer = answers[request.url ?? ''];
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const text =
  (body: string, type = 'text/html'): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': type }).end(body);

export const bytes =
  (body: Uint8Array): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-length': body.length }).end(body);
