import type { Frame, Sample } from '@idlm/samplers';
import { behindRowStart } from './row-start';
import type { WriteRequest, Writer } from './writer';

let isWriting = false;

/** A writer of two frames, which end with what was asked for. */
async function* write({ batch, length, clamp }: WriteRequest): AsyncGenerator<Frame, Sample> {
  const counts = { networkCalls: 1, rowEvaluations: batch };
  isWriting = true;
  try {
    for (const step of [0, 1]) yield { ...counts, step, t: 1 - step, tokens: clamp!.slice(), changed: 0 };
    return { ...counts, tokens: clamp!.slice(), batch, length };
  } finally {
    isWriting = false;
  }
}

const writer = behindRowStart({ write } as unknown as Writer, 7);
const request = { batch: 2, length: 2, firstRow: 0, clamp: Int32Array.of(1, 2, 3, 4) };

it('writes behind a token that neither requests nor texts know of', async () => {
  const frames = writer.write(request);
  expect((await frames.next()).value).toMatchObject({ step: 0, tokens: Int32Array.of(1, 2, 3, 4) });
  await frames.next();
  expect(await frames.next()).toMatchObject({ done: true, value: { tokens: Int32Array.of(1, 2, 3, 4), length: 2 } });
});

it('ends the writing with whoever has seen enough', async () => {
  for await (const { step } of writer.write(request)) {
    expect([step, isWriting]).toEqual([0, true]);
    break;
  }
  expect(isWriting).toBe(false);
});
