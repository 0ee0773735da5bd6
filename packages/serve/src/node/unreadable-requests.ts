import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RequestError } from '../requests/request-error';

/** What is said of requests that Node reads no further, by its codes; of others, that they are no HTTP. */
const REFUSALS: Readonly<Record<string, RequestError>> = {
  HPE_HEADER_OVERFLOW: new RequestError(431, 'The headers of the request are too long; send less.'),
  ERR_HTTP_REQUEST_TIMEOUT: new RequestError(408, 'The request took too long to arrive; send it at once.'),
};
const NO_HTTP = new RequestError(
  400,
  'The request is no HTTP that can be read; look at its first line, headers and lengths.',
);

/** The answer where a request was read, but its address or host is none. */
export const answerNoAddress = (error: unknown): Response => {
  const { status, body } = new RequestError(
    400,
    `The address of the request cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
  );
  return Response.json({ error: body }, { status });
};

/** Tells a client why its request is read no further, unless it has been told something already, and closes the connection. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  const wasTold = 'bytesWritten' in socket && Number(socket.bytesWritten) > 0;
  if (!socket.writable || error.code === 'ECONNRESET' || wasTold) return void socket.destroy();
  const { status, body } = REFUSALS[error.code ?? ''] ?? NO_HTTP;
  const text = JSON.stringify({ error: body });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}
