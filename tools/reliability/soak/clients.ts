import { once } from 'node:events';
import { connect } from 'node:net';
import { type Client, type CompletionRequest, ServerError } from '@idlm/client';

/** Texts of a request, by the way in which they were asked for. */
export type Asked = (client: Client, request: CompletionRequest) => Promise<string>;

/** Finished texts. */
export const whole: Asked = async (client, request) =>
  (await client.complete(request)).choices.map(({ text }) => text).join('\n');

/** The same, as they grow. */
export const streamed: Asked = async (client, request) => {
  const texts: string[] = Array.from({ length: request.n ?? 1 }, () => '');
  for await (const { choices } of client.stream(request)) for (const { index, text } of choices) texts[index] += text;
  return texts.join('\n');
};

/** The same, as all of their changes. */
export const watched: Asked = async (client, request) => {
  let texts: string[] = [];
  for await (const rows of client.frames(request)) texts = rows.map(({ text }) => text ?? '');
  return texts.join('\n');
};

/** Clients that leave what they asked for, or ask for what there is not. */
export const UNRULY: readonly ((client: Client, request: CompletionRequest, port: number) => Promise<void>)[] = [
  async (client, request) => {
    for await (const _ of client.frames(request)) break;
  },
  async (client, request) => {
    for await (const _ of client.stream(request)) break;
  },
  async (client, request) => {
    const leaving = new AbortController();
    const answer = client.complete({ ...request, n: 4 }, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 3);
    await answer.catch((error: unknown) => {
      if (!leaving.signal.aborted) throw error;
    });
  },
  async (client, request) => {
    const refusal = await client.complete({ ...request, temperature: 3 }).catch((error: unknown) => error);
    if (!(refusal instanceof ServerError) || refusal.status !== 400)
      throw new Error('A wrong request was not refused.');
  },
  async (_, request, port) => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{"model":"${request.model}"`);
    socket.destroy();
    await once(socket, 'close');
  },
];
