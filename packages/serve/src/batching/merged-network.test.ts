import { getEventListeners } from 'node:events';
import type { DenoiseRequest } from '@idlm/samplers';
import fc from 'fast-check';
import { toyModel } from '../../test/toy-model';
import { mergeCalls } from './merged-network';

// So late that no call begins because somebody was slow.
const options = { timeConditioned: false, vocabSize: 28, maxRows: 64, maxDelay: 600_000 };

const requestOf = (
  length: number,
  tokens: readonly number[],
  positions: readonly number[],
  t = 0.5,
): DenoiseRequest => ({
  tokens: Int32Array.from({ length }, (_, i) => tokens[i % tokens.length]!),
  length,
  t,
  positions: Int32Array.from(new Set(positions.map((position) => position % length)).values()).sort(),
});

const requests = fc.array(
  fc
    .tuple(
      fc.constantFrom(5, 8),
      fc.array(fc.nat(27), { minLength: 1 }),
      fc.array(fc.nat(7), { minLength: 1 }),
      fc.constantFrom(0.25, 0.5),
    )
    .map(([length, tokens, positions, t]) => requestOf(length, tokens, positions, t)),
  { minLength: 1, maxLength: 30 },
);

it.each([
  [false, false],
  [true, false],
  [true, true],
])(
  'tells each row what it is told alone, where the time is read: %p, of each row: %p',
  async (timeConditioned, timesPerRow) => {
    await fc.assert(
      fc.asyncProperty(requests, fc.integer({ min: 1, max: 3 }), async (asked, atOnce) => {
        const { model, calls } = toyModel({ timeConditioned, timesPerRow, atOnce });
        const { join } = mergeCalls(model.network, { ...options, timeConditioned, maxRows: 7 });
        const members = asked.map(() => join());
        const told = await Promise.all(
          asked.map(async (request, i) => {
            const logits = Array.from(await members[i]!.denoise(request));
            members[i]!.leave();
            return logits;
          }),
        );
        const merged = calls.length;
        if (!timesPerRow) expect(calls.filter(({ times }) => times)).toEqual([]);
        for (const [i, request] of asked.entries())
          expect(told[i]).toEqual(Array.from(await model.network.denoise(request)));
        const kinds = new Set(asked.map(({ length, t }) => `${length} ${timeConditioned && !timesPerRow ? t : ''}`));
        expect(merged).toBeLessThanOrEqual(Math.ceil(asked.length / 7) + kinds.size);
      }),
      { numRuns: 40 },
    );
  },
);

it('begins as soon as all wait, and does not wait for who has left', async () => {
  const { model, calls } = toyModel();
  const { join } = mergeCalls(model.network, options);
  const [first, second, third] = [join(), join(), join()];
  const asked = requestOf(5, [1, 2], [0]);
  const answers = [first.denoise(asked), second.denoise(asked)];
  expect(calls).toHaveLength(0);
  third.leave();
  third.leave();
  await Promise.all(answers);
  expect(calls.map(({ tokens }) => tokens.length)).toEqual([10]);
});

it('waits for others of a member that asks twice at once, and answers both by one call', async () => {
  const { model, calls } = toyModel();
  const { join } = mergeCalls(model.network, options);
  const [first, second] = [join(), join()];
  const twice = (member: typeof first, token: number) => [
    member.denoise(requestOf(5, [token], [0])),
    member.denoise(requestOf(5, [token + 1], [0])),
  ];
  const answers = twice(first, 1);
  await Promise.resolve();
  expect(calls).toHaveLength(0);
  answers.push(...twice(second, 3));
  await Promise.all(answers);
  expect(calls.map(({ tokens }) => tokens.length / 5)).toEqual([4]);
  // The other is being answered, or gone: nobody else comes.
  const third = join();
  const again = [first.denoise(requestOf(5, [1], [0]))];
  second.leave();
  third.leave();
  await Promise.all(again);
  expect(calls).toHaveLength(2);
});

it('begins without those that do not come in time', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
  try {
    const { model, calls } = toyModel();
    const { join } = mergeCalls(model.network, { ...options, maxDelay: 20 });
    const [first] = [join(), join()];
    const answer = first.denoise(requestOf(5, [1], [0]));
    await jest.advanceTimersByTimeAsync(19);
    expect(calls).toHaveLength(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(calls).toHaveLength(1);
    await answer;
  } finally {
    jest.useRealTimers();
  }
});

it('takes rows out of the queue whose signal aborts, and shares calls among as many as the network takes', async () => {
  const { model, calls } = toyModel({ atOnce: 2 });
  const { join } = mergeCalls(model.network, { ...options, maxRows: 64 });
  const gone = new AbortController();
  const members = Array.from({ length: 64 }, (_, i) => join(i === 0 ? gone.signal : undefined));
  const asked = requestOf(5, [3], [1]);
  const answers = members.slice(0, 63).map(({ denoise }) => denoise(asked));
  gone.abort(new Error('it left'));
  await expect(answers[0]).rejects.toThrow('it left');
  // Who listens on keeps the request in memory for as long as the process runs.
  expect(getEventListeners(gone.signal, 'abort')).toEqual([]);
  members[0]!.leave();
  await Promise.all([...answers.slice(1), members[63]!.denoise(asked)]);
  expect(calls.map(({ tokens }) => tokens.length / 5)).toEqual([32, 31]);
  await expect(join(gone.signal).denoise(asked)).rejects.toThrow('it left');
});

it('fails those alone whose call failed', async () => {
  const before = ({ length }: DenoiseRequest) => {
    if (length === 8) throw new Error('no memory');
  };
  const { join } = mergeCalls(toyModel({ before }).model.network, options);
  const [one, other] = [join(), join()];
  const answers = [one.denoise(requestOf(8, [1], [0])), other.denoise(requestOf(5, [1], [0]))];
  await expect(answers[0]).rejects.toThrow('no memory');
  one.leave();
  expect(await answers[1]).toHaveLength(28);
});

it('lets texts at different times share a call of a network that reads the time of each row', async () => {
  const { model, calls } = toyModel({ timeConditioned: true, timesPerRow: true });
  const { join } = mergeCalls(model.network, { ...options, timeConditioned: true });
  const members = [join(), join(), join()];
  const ask = (times: readonly number[]) =>
    Promise.all(times.map((t, i) => members[i]!.denoise(requestOf(5, [1, 2, i], [0, 3], t))));
  await ask([0.25, 0.75, 0.5]);
  await ask([0.5, 0.5, 0.5]);
  expect(calls.map(({ t, times }) => [t, times && Array.from(times)])).toEqual([
    [0.75, [0.25, 0.75, 0.5]],
    [0.5, undefined],
  ]);
});

it('fails for another number of logits than was asked for, which would be those of others', async () => {
  const { network } = toyModel().model;
  const denoise = async (request: DenoiseRequest) => new Float32Array([...(await network.denoise(request)), 0]);
  const { join } = mergeCalls({ denoise }, options);
  const [one, other] = [join(), join()];
  const answers = [one.denoise(requestOf(5, [1], [0])), other.denoise(requestOf(5, [1], [0]))];
  for (const answer of answers) await expect(answer).rejects.toThrow('asked for 56 logits, and returned 57');
});
