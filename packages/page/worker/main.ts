import type { PageManifest } from '../src/manifest';
import { type FetchOptions } from './download/fetch-file';
import { indexedParts } from './download/part-store';
import { Fault, faultOf } from './fault';
import type { Answer, Progress, Question } from './messages';
import { type OpenModel, openModel, openTokenizer } from './network/open-model';
import { prepareRuntime, runtimeFile } from './network/runtime';
import { boundOf } from './writing/bound';
import { writeText } from './writing/write-text';

const store = indexedParts();
const tell = (answer: Answer): void => postMessage(answer);

/** What the page holds, once it has said so. */
let page: { readonly base: string; readonly manifest: PageManifest } | undefined;

/** Models that are open or being opened; one that failed is tried again when it is asked for again. */
const models = new Map<string, Promise<OpenModel>>();

/** Questions under way that can be cancelled. */
const running = new Map<number, AbortController>();

/** One message of the page may come in before the next step. */
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function factsOf(name: string) {
  const facts = page?.manifest.models.find((model) => model.name === name);
  if (page && facts) return { facts, base: page.base };
  throw new Fault('other', `This page holds no model "${name}".`);
}

/** How files of one thing are fetched, with its progress told. */
const fetching = (id: number, base: string, what: string, bytes: number): FetchOptions => ({
  base,
  store,
  onProgress: (loaded) => tell({ answer: 'progress', id, progress: { what, loaded, bytes } satisfies Progress }),
});

async function load(id: number, name: string): Promise<OpenModel> {
  const { facts, base } = factsOf(name);
  await prepareRuntime(fetching(id, base, 'runtime', runtimeFile.bytes));
  return openModel(facts, fetching(id, base, name, facts.network.bytes));
}

/** A model that is ready. */
function modelOf(id: number, name: string): Promise<OpenModel> {
  const found = models.get(name) ?? load(id, name);
  models.set(name, found);
  found.catch(() => models.delete(name));
  return found;
}

async function write(id: number, { request }: Extract<Question, { ask: 'write' }>, signal: AbortSignal): Promise<void> {
  const model = await modelOf(id, request.model);
  for await (const frame of writeText(model, request, signal)) {
    tell({ answer: 'frame', id, frame });
    await nextTask();
  }
}

async function count({ model, text }: Extract<Question, { ask: 'count' }>): Promise<number> {
  const { facts, base } = factsOf(model);
  const tokenizer = await openTokenizer(facts, { base, store });
  return tokenizer.encode(text).length;
}

async function measure(id: number, { text }: Extract<Question, { ask: 'measure' }>) {
  const judge = page?.manifest.judge;
  return judge === undefined ? undefined : boundOf(await modelOf(id, judge), text);
}

/** Forgets files of models that the page no longer holds. */
async function open({ base, manifest }: Extract<Question, { ask: 'open' }>): Promise<void> {
  page = { base, manifest };
  const files = [runtimeFile, ...manifest.models.flatMap(({ network, tokenizer }) => [network, tokenizer])];
  await store.keepOnly(files.map(({ sha256 }) => sha256));
}

async function answerTo(question: Question, signal: AbortSignal): Promise<unknown> {
  const { id } = question;
  if (question.ask === 'open') return open(question);
  if (question.ask === 'load') return void (await modelOf(id, question.model));
  if (question.ask === 'write') return write(id, question, signal);
  if (question.ask === 'count') return count(question);
  if (question.ask === 'measure') return measure(id, question);
  return store.clear();
}

async function answer(question: Question): Promise<void> {
  const { id } = question;
  if (question.ask === 'cancel') return running.get(id)?.abort();
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const result = await answerTo(question, controller.signal);
    tell({ answer: 'end', id, result });
  } catch (error) {
    if (controller.signal.aborted) tell({ answer: 'end', id });
    else {
      const { kind, message } = faultOf(error);
      tell({ answer: 'failure', id, kind, sentence: message });
    }
  } finally {
    running.delete(id);
  }
}

addEventListener('message', ({ data }: MessageEvent<Question>) => void answer(data));
