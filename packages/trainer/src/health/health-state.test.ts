import fc from 'fast-check';
import { afterRollback, afterSkip, afterUpdate, healthy, regularStep, spikeIn } from './health-state';
import { reachedLimit } from './limits';
import { waitForBeat, watchForStalls } from './watch-for-stalls.mjs';

const options = { spike: 20, recent: 8 };

describe('spikeIn', () => {
  // Median 3; distances from it 0.1 and 0.2, in the middle 0.15.
  const known = [2.8, 3.2, 2.9, 3.1, 2.8, 3.2, 2.9, 3.1];

  it('is a loss far above the median, in multiples of the spread', () => {
    const spread = 1.4826 * 0.15;
    expect(spikeIn(3 + 19.9 * spread, known, options)).toBeUndefined();
    expect(spikeIn(3 + 20.6 * spread, known, options)).toBe(
      '7.581 is 21 times their spread above the median 3.000 of the last 8',
    );
    expect(spikeIn(-1000, known, options)).toBeUndefined();
    expect(spikeIn(1000, known, { ...options, spike: null })).toBeUndefined();
  });

  it('needs half of the losses that count, and a spread of a fiftieth at least', () => {
    expect(spikeIn(1e9, [1, 1, 1], options)).toBeUndefined();
    expect(spikeIn(1.39, [1, 1, 1, 1], options)).toBeUndefined();
    expect(spikeIn(1.41, [1, 1, 1, 1], options)).toBe(
      '1.410 is 20 times their spread above the median 1.000 of the last 4',
    );
    expect(spikeIn(1e9, undefined, options)).toBeUndefined();
  });

  it('is the same of losses in any unit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 4, maxLength: 8 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (losses, loss) => {
          const scaled = spikeIn(
            loss * 4,
            losses.map((one) => one * 4),
            options,
          );
          expect(scaled === undefined).toBe(spikeIn(loss, losses, options) === undefined);
        },
      ),
    );
  });
});

describe('the state of a run', () => {
  it('holds the last losses of each network, and counts what was skipped', () => {
    let state = healthy;
    for (let loss = 1; loss <= 10; loss++) state = afterUpdate(state, { student: loss, fake: -loss }, { recent: 3 });
    expect(state.losses).toEqual({ student: [8, 9, 10], fake: [-8, -9, -10] });
    state = afterSkip(afterSkip(state));
    expect([state.inARow, state.skipped]).toEqual([2, 2]);
    expect(afterRollback(state)).toMatchObject({ inARow: 0, skipped: 2, rollbacks: 1 });
    expect(afterUpdate(state, { student: 1 }, { recent: 3 })).toMatchObject({ inARow: 0, skipped: 2 });
  });

  it('goes back to regular steps', () => {
    expect([0, 4, 5, 9, 10].map((step) => regularStep(5, step))).toEqual([0, 0, 5, 5, 10]);
    expect(regularStep(undefined, 7)).toBe(0);
  });
});

it('limits are reached at their value, and say which', () => {
  const limits = { milliseconds: 7.2e6, bytes: 2e9 };
  expect(reachedLimit(limits, { milliseconds: 7.1e6, bytes: 1.9e9 })).toBeUndefined();
  expect(reachedLimit(limits, { milliseconds: 7.2e6, bytes: 0 })).toBe('its time of 2 hours is used up');
  expect(reachedLimit(limits, { milliseconds: 0, bytes: 2.5e9 })).toBe(
    'it holds 2.50 GB of memory, and 2 GB is its limit',
  );
  expect(reachedLimit({}, { milliseconds: 1e12, bytes: 1e12 })).toBeUndefined();
});

describe('a watch for stalls', () => {
  const beats = () => new Int32Array(new SharedArrayBuffer(4));

  it('sees an update that was made', () => {
    const counted = beats();
    Atomics.add(counted, 0, 1);
    expect(waitForBeat({ beats: counted, milliseconds: 1e6 }, 0)).toBe(true);
    expect(waitForBeat({ beats: counted, milliseconds: 1 }, 1)).toBe(false);
  });

  it.each([
    [undefined, ''],
    [0, 'Rank 0: '],
    [3, 'Rank 3: '],
  ])('tells of a stall once, and when it is over, and of which rank: %p', (rank, who) => {
    const [counted, told] = [beats(), [] as string[]];
    let looks = 0;
    // Two stalled looks, then an update before the third.
    const goesOn = () => ++looks <= 4;
    const watch = { beats: counted, milliseconds: 1, rank };
    watchForStalls(
      new Proxy(watch, {
        get: (of, name) => {
          if (name === 'milliseconds' && looks === 4) Atomics.add(counted, 0, 1);
          return Reflect.get(of, name) as unknown;
        },
      }),
      (sentence) => told.push(sentence.split(': the run')[0]!),
      goesOn,
    );
    expect(told).toEqual([`${who}No update was made for 0.000017 minutes`, `${who}Updates are made again.`]);
  });
});
