import { once } from 'node:events';
import { connect } from 'node:net';
import { Hono } from 'hono';
import { toyModel } from '../../test/toy-model';
import { disconnectOf } from '../http/disconnect';
import { eventStream } from '../events/event-stream';
import { createServer, listen } from '../index';

/** What a system keeps of what is on its way between two sockets of a machine is less. */
const MOST_ON_THE_WAY = 64;

it('gives up a client that reads nothing of what it is sent, and makes nothing more for it, without a word on stderr', async () => {
  const printed = (['error', 'info'] as const).map((level) => jest.spyOn(console, level).mockImplementation());
  let [made, hasLeft] = [0, false];
  async function* megabytes(): AsyncGenerator<string, void> {
    for (; made < MOST_ON_THE_WAY; made++) yield `data: ${'x'.repeat(2 ** 20)}\n\n`;
  }
  let left!: () => void;
  const leaving = new Promise<void>((resolve) => (left = resolve));
  const app = new Hono().get('/', (context) =>
    eventStream(megabytes(), {
      stalledSeconds: 0.5,
      disconnect: disconnectOf(context),
      onLeave() {
        hasLeft = true;
        left();
      },
    }),
  );
  const listening = await listen({ ...createServer({ models: [] }), app }, { port: 0 });
  const socket = connect(listening.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await leaving;
  const before = made;
  expect([hasLeft, before < MOST_ON_THE_WAY]).toEqual([true, true]);
  let read = 0;
  socket.on('data', (data) => (read += data.length));
  await closed;
  expect(made).toBe(before);
  expect(read).toBeLessThanOrEqual((before + 1) * (2 ** 20 + 64));
  await listening.close(0);
  printed.forEach((spy) => expect(spy).not.toHaveBeenCalled());
  printed.forEach((spy) => spy.mockRestore());
});

it('answers 408 to a client that trickles its request, whatever it still sends', async () => {
  const limits = { port: 0, headSeconds: 0.3, requestSeconds: 0.6 };
  const listening = await listen(createServer({ models: [toyModel().source] }), limits);
  const socket = connect(listening.port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  const closed = once(socket, 'close');
  socket.write(
    'POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n',
  );
  const trickle = setInterval(() => socket.write(' '), 50);
  await closed;
  clearInterval(trickle);
  expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 408 Request Timeout');
  await listening.close(0);
});
