import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { TrainEvent, TrainResult } from '@idlm/trainer';
import type { TrainingEvent } from '../events';
import { follow } from './follow';

const checkpoint = { step: 2, path: 'run/checkpoints/step-2' };
const result: TrainResult = { step: 2, interrupted: false, checkpoint };

/** A run that takes some time to end, and tells by `ended` that it has. */
async function* run(ended: () => void): AsyncGenerator<TrainEvent, TrainResult> {
  try {
    yield { kind: 'start', step: 0, updates: 2 };
    yield { kind: 'checkpoint', step: 2, checkpoint };
    return result;
  } finally {
    for (let turn = 0; turn < 3; turn++) await turnOfEventLoop();
    ended();
  }
}

describe('following a run', () => {
  it('tells its events in order, the first with what was changed, and gives its result', async () => {
    const told: TrainingEvent[] = [];
    const changes = [{ path: 'teacher.updates', from: 1, to: 2 }];
    expect(await follow(run(jest.fn()), changes, (event) => void told.push(event))).toBe(result);
    expect(told).toEqual([
      { kind: 'start', step: 0, updates: 2, changes },
      { kind: 'checkpoint', step: 2, checkpoint },
    ]);
  });

  it.each(['start', 'checkpoint'])('passes on what a listener throws at %s once the run has ended', async (kind) => {
    const order: string[] = [];
    const following = follow(
      run(() => order.push('the run has ended')),
      [],
      (event) => {
        order.push(event.kind);
        if (event.kind === kind) throw new Error('enough');
      },
    );
    await expect(following.finally(() => order.push('told'))).rejects.toThrow('enough');
    expect(order).toEqual([...(kind === 'start' ? ['start'] : ['start', 'checkpoint']), 'the run has ended', 'told']);
  });
});
