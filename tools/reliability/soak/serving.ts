import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type CompletionRequest, createClient } from '@idlm/client';
import { resolveConfig } from '@idlm/recipe/config';
import { createServer, listen, savedModel } from '@idlm/serve';
import { UNRULY, streamed, watched, whole } from './clients';
import { openSockets, recorder } from './recorder';
import type { Soak } from './soak';

const STUDENT = join(fileURLToPath(import.meta.url), '../../../../packages/cli/assets/pair/student');

/** Requests whose texts are known after the first round, each asked for in one way in each round. */
const REQUESTS: readonly CompletionRequest[] = Array.from({ length: 6 }, (_, seed) => ({
  model: 'student',
  prompt: ['And he said', 'In the beginning', ''][seed % 3],
  ...{ n: 1 + (seed % 2), steps: 8, seed },
}));

/** Seconds that a request may take, and its sending: others may use the machine, and clients are of this process, so that both are late at once. */
const PATIENCE = 3600;

/** Milliseconds for which a connection that is closed may still be counted. */
const CLOSES_WITHIN = 10_000;

/** Waits until sockets that nobody needs have been closed. */
async function settled(before: number): Promise<void> {
  for (const began = performance.now(); openSockets() > before && performance.now() - began < CLOSES_WITHIN;)
    await wait(50);
}

/**
 * Serves the student of the pair to clients that ask in every way, some of which leave: on what runs it by itself, and on the engine,
 * whose tensors are counted. What is asked for in one way has the same texts in every other, and at every time.
 */
export const serving: Soak = {
  name: 'serving',
  async run({ engine, seconds }) {
    const onEngine = resolveConfig({ set: { engine: { name: engine.name } } });
    const models = [await savedModel(STUDENT), await savedModel(STUDENT, { id: 'on-engine', loaded: onEngine })];
    const server = createServer({ models, limits: { seconds: PATIENCE } });
    const sockets = openSockets();
    const { url, port, close } = await listen(server, {
      ...{ port: 0, headSeconds: PATIENCE, requestSeconds: PATIENCE },
      idleSeconds: 1,
    });
    const client = createClient({ baseUrl: url });
    const known = new Map<string, string>();
    const wrong = new Set<string>();
    let texts = 0;
    const check = (key: string, text: string) => {
      texts += text.split('\n').length;
      if ((known.get(key) ?? text) !== text) wrong.add(`${key} gave another text.`);
      known.set(key, known.get(key) ?? text);
    };
    const { readings, isDue, look } = recorder(seconds);
    for (let round = 0, isOver = false; !isOver; round++) {
      // Alone: engines round otherwise for other numbers of rows.
      check('on-engine', await whole(client, { ...REQUESTS[0]!, model: 'on-engine' }));
      const ways = [whole, streamed, watched];
      await Promise.all([
        ...REQUESTS.map(async (request, i) =>
          check(`seed ${request.seed}`, await ways[(round + i) % ways.length]!(client, request)),
        ),
        ...UNRULY.map((ask) => ask(client, { ...REQUESTS[round % REQUESTS.length]!, seed: round }, port)),
      ]);
      if (isDue()) await settled(sockets);
      isOver = look(texts);
    }
    await close();
    return { readings, wrong: [...wrong] };
  },
};
