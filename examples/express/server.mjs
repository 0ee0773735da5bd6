// GET /verse?prompt=… answers server-sent events: the whole text after each step, ▁ where nothing is written yet.
import { once } from 'node:events';
import { pairFolder } from '@idlm/cli/pair';
import { createClient } from '@idlm/client';
import { createServer, savedModel } from '@idlm/serve';
import express from 'express';

// Our server without a socket: your routes share its calls of the network, its queue and its limits.
const texts = createServer({ models: [await savedModel(pairFolder('student'))] });
const client = createClient({ baseUrl: 'http://texts', fetch: (...request) => texts.app.request(...request) });

const app = express();
app.get('/verse', async ({ query: { prompt, seed } }, response) => {
  const gone = new AbortController(); // who leaves costs nothing more
  response.once('close', () => gone.abort());
  const { signal } = gone;
  try {
    for await (const [{ pieces }] of client.frames({ model: 'student', prompt, seed: Number(seed ?? 0) }, { signal })) {
      if (!response.headersSent) response.type('text/event-stream');
      const isTaken = response.write(`data: ${pieces.map((piece) => piece ?? '▁').join('')}\n\n`);
      if (!isTaken) await once(response, 'drain', { signal });
    }
    response.end();
  } catch (error) {
    if (!signal.aborted) throw error; // what is refused has a status, with which Express answers
  }
});
const listening = app.listen(process.env.PORT ?? 3000, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${listening.address().port}/verse?prompt=And%20he%20said`),
);
