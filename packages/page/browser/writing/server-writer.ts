import { type Client, type FramesRequest, type LiveRow, ServerError, createClient } from '@idlm/client';
import { templatePieces } from '@idlm/data/texts';
import { Fault } from '../../worker/fault';
import type { TextFrame, TextRequest } from '../../worker/messages';
import type { Work, Writer } from './writer';

/** Letters that a token has on average in English; a server tells no better. */
const LETTERS_PER_TOKEN = 4;

/** What is asked of the server: a prompt, or the pieces around holes. */
function askedOf({ model, text, steps, temperature, seed }: TextRequest): FramesRequest {
  const pieces = templatePieces(text);
  const given =
    pieces.length === 1
      ? { prompt: text }
      : {
          infill: pieces
            .map((piece) => (typeof piece === 'number' ? { tokens: piece } : piece))
            .filter((piece) => piece !== ''),
        };
  return { model, steps, temperature, seed, ...given };
}

/** What the server refuses is mended by another request, and what it fails at by asking again. */
function faultOfServer(error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return error;
  if (!(error instanceof ServerError))
    return new Fault('download', 'The server could not be reached; check the connection and try again.');
  const isRefused = error.status !== undefined && error.status >= 400 && error.status < 500 && error.status !== 429;
  return new Fault(isRefused ? 'input' : 'other', error.message);
}

/** A row as the page shows it. */
function frameOf(
  { tokens, pieces, given, step, networkCalls, text }: LiveRow,
  steps: number,
  milliseconds: number,
): TextFrame {
  const finished =
    text === undefined
      ? {}
      : {
          text: pieces
            .map((piece) => piece ?? '')
            .join('')
            .trimEnd(),
        };
  return { tokens, pieces, given, step: Math.min(step, steps), steps, networkCalls, milliseconds, ...finished };
}

async function* write(client: Client, request: TextRequest, { signal }: Work): AsyncGenerator<TextFrame, void> {
  const began = performance.now();
  try {
    for await (const [row] of client.frames(askedOf(request), { signal }))
      if (row) yield frameOf(row, request.steps, performance.now() - began);
  } catch (error) {
    throw faultOfServer(error, signal);
  }
}

/**
 * Models of the server that the page came from. Times are those of its answers.
 * @throws Fault where it cannot be reached
 */
export async function serverWriter(): Promise<Writer> {
  const client = createClient({ baseUrl: new URL('.', document.baseURI).href });
  const models = await client.models().catch((error: unknown) => {
    throw faultOfServer(error);
  });
  return {
    models: models.map(({ id, length, steps, temperature }) => ({ name: id, length, steps, temperature })),
    write: (request, work) => write(client, request, work),
    count: (_, text) => Promise.resolve(Math.max(1, Math.round(text.trim().length / LETTERS_PER_TOKEN))),
  };
}
