import { ahead } from './ahead';

describe('ahead', () => {
  it('gives the prepared value once, and a fresh one for any other number', () => {
    const made: number[] = [];
    const values = ahead((k) => {
      made.push(k);
      return { k };
    });
    values.prepare(1);
    expect(values.take(1)).toEqual({ k: 1 });
    expect(made).toEqual([1]);
    expect(values.take(1)).toEqual({ k: 1 });
    values.prepare(2);
    expect(values.take(5)).toEqual({ k: 5 });
    expect(made).toEqual([1, 1, 2, 5]);
  });
});
