import { createServer } from '../index';
import { toyModel } from '../../test/toy-model';
import { requestLimit } from './request-limit';

const ended = new Error('The server has ended.');

it('is reached after its seconds, in a sentence', () => {
  jest.useFakeTimers();
  const { signal } = requestLimit(2, new AbortController().signal);
  jest.advanceTimersByTime(1999);
  expect(signal.aborted).toBe(false);
  jest.advanceTimersByTime(1);
  expect(signal.reason).toMatchObject({ status: 504, message: expect.stringContaining('longer than the 2 s') });
  jest.useRealTimers();
});

it('is reached when all ends, also before it began', () => {
  const ending = new AbortController();
  const before = requestLimit(9, ending.signal);
  const cleared = requestLimit(9, ending.signal);
  cleared.clear();
  ending.abort(ended);
  const after = requestLimit(9, ending.signal);
  expect([before, cleared, after].map(({ signal }) => signal.reason as unknown)).toEqual([ended, undefined, ended]);
  [before, after].forEach(({ clear }) => clear());
});

it('nothing of a request stays with a signal that outlives it', async () => {
  const any = jest.spyOn(AbortSignal, 'any');
  const { app } = createServer({ models: [toyModel().source] });
  const joined = async (): Promise<Set<AbortSignal>> => {
    any.mockClear();
    const body = JSON.stringify({ model: 'toy', prompt: 'a', steps: 2 });
    const headers = { 'content-type': 'application/json' };
    expect((await app.request('/v1/completions', { method: 'POST', headers, body })).status).toBe(200);
    return new Set(any.mock.calls.flatMap(([signals]) => [...signals]));
  };
  const [first, second] = [await joined(), await joined()];
  expect(first.size).toBeGreaterThan(0);
  expect([...first].filter((signal) => second.has(signal))).toEqual([]);
  any.mockRestore();
});
