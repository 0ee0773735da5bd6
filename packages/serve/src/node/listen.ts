import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { InputError } from '@idlm/core-diffusion/errors';
import type { TextServer } from '../server';
import { answerNoAddress, refuseUnreadable } from './unreadable-requests';

/** Where a server listens, and how long it waits for clients. */
export interface ListenOptions {
  /** Address to listen at (default 127.0.0.1: this machine alone). */
  readonly host?: string;
  /** 0: any that is free (default 8080). */
  readonly port?: number;
  /** Seconds in which a client has to send the head of a request (default 10). */
  readonly headSeconds?: number;
  /** Seconds in which it has to send all of a request (default 30). */
  readonly requestSeconds?: number;
  /** Seconds for which a connection is kept that asks nothing more (default 5). */
  readonly idleSeconds?: number;
  /** Most connections at a time; others are closed at once (default 4096). */
  readonly connections?: number;
}

/** A server that listens. */
export interface Listening {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes in nothing more, lets what is under way end, and stops listening. Until then requests are answered: `/ready` and those for texts
   * with 503, and each connection ends with its answer.
   * @param seconds after which what is still under way is ended (default 30)
   */
  close(seconds?: number): Promise<void>;
}

/** What stands in the way of listening, by its code. */
const OBSTACLES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; choose another port',
  EACCES: 'permission is denied; choose a port from 1024 on',
  EADDRNOTAVAIL: 'this machine has no such address',
  ERR_SOCKET_BAD_PORT: 'ports are whole numbers from 0 to 65535',
  ENOTFOUND: 'there is no such address',
};

/** How often Node looks for clients that have taken too long, in milliseconds; by default it does so twice a minute. */
const LOOK_EVERY = 1000;

async function open(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return server.address() as AddressInfo;
  } catch (error) {
    const obstacle = OBSTACLES[(error as NodeJS.ErrnoException).code ?? ''];
    if (!obstacle) throw error;
    throw new InputError(`${host}:${port} cannot be listened at: ${obstacle}.`);
  }
}

/**
 * Lets what is under way end, at the latest after so many seconds, and stops listening then: until it has ended, those who look whether
 * the server takes requests are answered that it does not.
 */
async function closeGracefully(server: Server, { drain, dispose }: TextServer, seconds: number): Promise<void> {
  const closed = once(server, 'close');
  const stop = (): void => {
    server.close();
    server.closeIdleConnections();
  };
  const ended = drain().then(() => {
    stop();
    return closed;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, seconds * 1000)));
  await Promise.race([ended, late]);
  clearTimeout(timer);
  await dispose();
  stop();
  server.closeAllConnections();
  await closed;
}

/**
 * Listens for clients. Those that send nothing, or send slowly, are closed after their time, and cost nothing from then on.
 * @throws InputError where it cannot listen there
 */
export async function listen(server: TextServer, options: ListenOptions = {}): Promise<Listening> {
  const { host = '127.0.0.1', port = 8080, headSeconds = 10, requestSeconds = 30, idleSeconds = 5 } = options;
  const settings = {
    headersTimeout: headSeconds * 1000,
    requestTimeout: requestSeconds * 1000,
    keepAliveTimeout: idleSeconds * 1000,
    connectionsCheckingInterval: LOOK_EVERY,
    // Node would answer without a word.
    requireHostHeader: false,
  };
  const answer = getRequestListener(server.app.fetch, { errorHandler: answerNoAddress });
  let isEnding = false;
  const node = createServer(settings, (request, response) => {
    if (isEnding) response.setHeader('connection', 'close');
    void answer(request, response);
  });
  node.on('clientError', refuseUnreadable);
  node.maxConnections = options.connections ?? 4096;
  const { address, port: found, family } = await open(node, host, port);
  const shown = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${shown}:${found}`,
    port: found,
    close(seconds = 30) {
      isEnding = true;
      return closeGracefully(node, server, seconds);
    },
  };
}
