import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Sending } from './request';

/** Milliseconds between pieces. */
const BETWEEN = 2;

/** Milliseconds of silence after which a client that waits for an answer sends no more. */
const SILENCE = 300;

/** Sends a request as told. @returns what it was answered until either side had closed the connection */
export async function exchange(port: number, { pieces, goes }: Sending): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('latin1')));
  // A server may close what it will not read.
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await Promise.race([once(socket, 'connect'), closed]);
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) await wait(BETWEEN);
    if (!socket.destroyed) socket.write(piece);
  }
  if (goes === 'early') await Promise.race([once(socket, 'data'), wait(BETWEEN), closed]);
  if (goes === 'early' || goes === 'cut') socket.destroy();
  if (goes === 'answered') socket.setTimeout(SILENCE, () => socket.end());
  await closed;
  return answer;
}
