// GET /verse?prompt=… answers server-sent events: the whole text after each step, ▁ where nothing is written yet. Beside it are the
// routes of idlm serve, such as /v1/completions for the clients of OpenAI.
import { serve } from '@hono/node-server';
import { pairFolder } from '@idlm/cli/pair';
import { createClient } from '@idlm/client';
import { createServer, savedModel } from '@idlm/serve';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

const texts = createServer({ models: [await savedModel(pairFolder('student'))] });
const client = createClient({ baseUrl: 'http://texts', fetch: (...request) => texts.app.request(...request) });

const app = new Hono().route('/', texts.app);
app.get('/verse', async (context) => {
  const { prompt, seed } = context.req.query();
  const gone = new AbortController(); // who leaves costs nothing more
  const frames = client.frames({ model: 'student', prompt, seed: Number(seed ?? 0) }, { signal: gone.signal });
  let next = await frames.next(); // what is refused has its status before anything is sent
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => gone.abort());
    for (; !next.done; next = await frames.next())
      await stream.writeSSE({ data: next.value[0].pieces.map((piece) => piece ?? '▁').join('') });
  });
});
app.onError(({ message, status = 500 }, context) => context.text(message, status));
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}/verse?prompt=And%20he%20said`),
);
