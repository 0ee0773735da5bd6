import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from '@idlm/client';
import { type ServerLog, createServer, listen, savedModel } from '@idlm/serve';
import type { Target } from '../target';
import { exchange } from './exchange';
import { judge } from './judge';
import { sendingOf } from './request';

const here = dirname(fileURLToPath(import.meta.url));
const STUDENT = join(here, '../../../../packages/cli/assets/pair/student');

/** Requests between two that are right. */
const BATCH = 50;

/** Milliseconds after which nothing of clients that have gone may be in the server. */
const GONE_WITHIN = 30_000;

/** What stands in `request.ts`, beside the page of the server, and is no part of it. */
const OUTSIDE = 'export function sendingOf';

const BODIES: readonly object[] = [
  { model: 'student', prompt: 'And he said', steps: 3, seed: 1, max_tokens: 8 },
  {
    model: 'student',
    prompt: ['a', 'the sea'],
    n: 2,
    steps: 2,
    temperature: 0.5,
    top_p: 0.9,
    stop: [' '],
    stream: true,
  },
  { model: 'student', infill: ['He said to ', { tokens: 3 }, ' of'], steps: 2, logit_bias: { '1': -5 }, echo: false },
  {
    model: 'student',
    prompt: [[1, 2], [3]],
    top_k: 5,
    steps: 2,
    sampler: { name: 'ancestral', options: {} },
    retain: 1,
  },
];

/** A server of the student of the pair, with a client of its own. */
async function serve() {
  const faults: string[] = [];
  const log: ServerLog = { info() {}, warn() {}, error: (facts) => faults.push(JSON.stringify(facts)) };
  const limits = { rows: 8, steps: 16, queuedRows: 64, bodyBytes: 2 ** 16, seconds: 3600 };
  const server = createServer({
    models: [await savedModel(STUDENT)],
    limits,
    log,
    origins: ['https://example.org'],
    page: join(here, 'page'),
  });
  const times = { port: 0, headSeconds: 5, requestSeconds: 5, idleSeconds: 0.3 };
  const { url, port } = await listen(server, times);
  const client = createClient({ baseUrl: url });
  let [expected, id] = [undefined as string | undefined, ''];

  /** Asks what is right. @throws Error where it is answered otherwise than before, or texts that nobody waits for stay */
  async function check(): Promise<void> {
    const { choices } = await client.complete({ model: 'student', prompt: 'And he said', steps: 4, seed: 3 });
    const text = choices[0]!.text;
    if (text !== (expected ??= text)) throw new Error(`A right request got "${text}" instead of "${expected}".`);
    for await (const { event, data } of client.frameEvents({ model: 'student', steps: 2, seed: 1, retain: 60 }))
      if (event === 'snapshot') id = data.id;
    const began = performance.now();
    while (!/^idlm_texts_in_server 0$/m.test(await (await fetch(`${url}/metrics`)).text())) {
      if (performance.now() - began > GONE_WITHIN)
        throw new Error('Texts of clients that have gone stay in the server.');
      await wait(20);
    }
  }

  await check();
  return { port, check, id: () => id, faults };
}

let serving: ReturnType<typeof serve> | undefined;
let asked = 0;

/** Requests to a server that listens: their bodies, heads and ways to be sent. */
export const http: Target = {
  name: 'http',
  what: 'requests over HTTP: bodies, heads, half-sent, cancelled, slow',
  files: async () => BODIES.map((body) => Buffer.from(JSON.stringify(body))),
  async read(body, _, random) {
    const { port, check, id, faults } = await (serving ??= serve());
    const answer = await exchange(port, sendingOf(body, id(), random));
    if (++asked % BATCH === 0) await check();
    if (faults.length) throw new Error(faults.splice(0).join('\n'));
    if (answer.includes(OUTSIDE)) throw new Error('What lies outside of the page was told.');
    judge(answer);
  },
};
