// What a server takes for many clients that stream at once: `idlm serve`, and a server in Python (FastAPI, PyTorch, the sampler of the MDLM paper)
// with the same weights and steps, in turn on one machine. The student that comes with idlm; clients ask again as soon as they were answered.
//   npm run bench:serving -- [--clients 200] [--seconds 20] [--rounds 3] [--python PATH] [--model FOLDER]
// PATH is a Python with benchmarks/serving/requirements.txt; without it `idlm serve` runs alone. FOLDER is another model, of any kind, whose
// tokenizer reads small letters; the Python server knows the student's network alone. Memory is read from /proc, so that it takes Linux.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveConfig } from '@idlm/recipe/config';
import { readSampledFiles } from '@idlm/recipe/models';
import { median } from './median';
import { type Server, type Texts, ours, python } from './serving/servers';
import { type Load, loadWith } from './serving/load';

const { values: options } = parseArgs({
  options: {
    clients: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string' },
    model: { type: 'string' },
  },
});
const [clients, seconds, rounds] = [Number(options.clients), Number(options.seconds), Number(options.rounds)];

const MODEL = options.model ?? join(import.meta.dirname, '../packages/cli/assets/pair/student');
const BEGINNINGS = ['And he said', 'In the beginning', 'The king of', 'Then', 'He will', 'For the'];

/** Clients at which a server answers about as fast as another, where its time grows with them. */
const clientsAt = (p95: number, of: Load): number => Math.max(1, Math.round((of.clients * p95) / of.p95));

/** The middle of the rounds of a server. */
function middle(loads: readonly Load[]): Load {
  const of = (key: keyof Load) => median(loads.map((load) => load[key]));
  const errors = loads.reduce((sum, load) => sum + load.errors, 0);
  return {
    clients: of('clients'),
    perSecond: of('perSecond'),
    p50: of('p50'),
    p95: of('p95'),
    first: of('first'),
    processor: of('processor'),
    errors,
  };
}

function print(
  name: string,
  { clients: count, perSecond, p50, p95, first, errors, processor }: Load,
  bytes: number,
): void {
  const cells = [
    name,
    count,
    perSecond.toFixed(1),
    p50.toFixed(2),
    p95.toFixed(2),
    first.toFixed(2),
    processor.toFixed(0),
    errors,
  ];
  console.log(`| ${cells.join(' | ')} | ${Math.round(bytes / 2 ** 20)} |`);
}

/** All servers in turn, round by round. */
async function inTurn(servers: readonly Server[]): Promise<Map<Server, Load[]>> {
  const loads = new Map<Server, Load[]>(servers.map((one) => [one, []]));
  for (let round = 0; round < rounds; round++)
    for (const one of servers) {
      const load = await loadWith(one, clients, seconds);
      loads.get(one)!.push(load);
      console.error(`round ${round + 1}: ${one.name}: ${load.perSecond.toFixed(1)} texts/s`);
    }
  return loads;
}

async function main(): Promise<void> {
  const { tokenizer } = await readSampledFiles(MODEL, resolveConfig({}));
  const letters = (text: string): string => (options.model === undefined ? text : text.toLowerCase());
  const prompts = BEGINNINGS.map((text) => Array.from(tokenizer.encode(letters(text))));
  const texts: Texts = { model: MODEL, prompts, steps: 16, temperature: 0.7 };
  const servers = [await ours(texts)];
  if (options.python) for (const batch of [64, 1]) servers.push(await python(texts, options.python, batch));
  console.log(
    '| server | clients | texts/s | p50, s | p95, s | first event, s | processor ms/text | errors | peak memory, MiB |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  try {
    const loads = await inTurn(servers);
    const [own] = servers as [Server];
    const best = middle(loads.get(own)!);
    for (const one of servers) print(one.name, middle(loads.get(one)!), one.peak());
    for (const one of servers.slice(1)) {
      const fewer = clientsAt(best.p95, middle(loads.get(one)!));
      if (fewer < clients) print(`${one.name}, fewer clients`, await loadWith(one, fewer, seconds), one.peak());
    }
  } finally {
    await Promise.all(servers.map(({ stop }) => stop()));
  }
}

await main();
