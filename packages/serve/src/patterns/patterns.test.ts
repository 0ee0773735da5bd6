import { Worker } from 'node:worker_threads';
import { LETTERS, characterTokenizer } from '@idlm/data';
import { openPatterns } from './patterns';

const tokenizer = characterTokenizer(LETTERS, 'letters');
const patterns = openPatterns();
afterAll(patterns.end);
const never = new AbortController().signal;

const SLOW = '[ab]*a[ab]{6}[a-z ]*';

it('has a thread make automata, so that the process has its turns, and those of several requests once', async () => {
  await patterns.of('a+', tokenizer, never);
  const ordered = jest.spyOn(Worker.prototype, 'postMessage');
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => patterns.of(SLOW, tokenizer, never)));
  expect(ordered).toHaveBeenCalledTimes(1);
  ordered.mockRestore();
  expect(others.filter((other) => other !== first)).toEqual([]);
  expect(await patterns.of('a+', tokenizer, never)).not.toBe(first);
});

it('gives up what is no longer wanted, at once, and goes on', async () => {
  const controller = new AbortController();
  const { postMessage } = Worker.prototype;
  // The thread has its order then, and no answer can have come yet.
  const ordered = jest.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(function (this: Worker, order) {
    postMessage.call(this, order);
    queueMicrotask(() => controller.abort(new Error('left')));
  });
  const slow = patterns.of(`${SLOW}b?`, tokenizer, controller.signal);
  const waiting = patterns.of(`${SLOW}c?`, tokenizer, controller.signal);
  const next = patterns.of('b+', tokenizer, never);
  await expect(slow).rejects.toThrow('left');
  await expect(waiting).rejects.toThrow('left');
  expect((await next).automaton.states).toBe(3);
  ordered.mockRestore();
});

it('forgets those that were asked for longest ago', async () => {
  const first = await patterns.of('c', tokenizer, never);
  expect(await patterns.of('c', tokenizer, never)).toBe(first);
  for (let i = 2; i < 20; i++) await patterns.of(`c{${i}}`, tokenizer, never);
  expect(await patterns.of('c', tokenizer, never)).not.toBe(first);
});
