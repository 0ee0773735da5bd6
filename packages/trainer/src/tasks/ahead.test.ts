import { ahead } from './ahead';

describe('ahead', () => {
  it('gives the prepared value once, and a fresh one for any other number', async () => {
    const made: number[] = [];
    const values = ahead(async (k) => {
      made.push(k);
      return { k };
    });
    values.prepare(1);
    expect(await values.take(1)).toEqual({ k: 1 });
    expect(made).toEqual([1]);
    expect(await values.take(1)).toEqual({ k: 1 });
    values.prepare(2);
    expect(await values.take(5)).toEqual({ k: 5 });
    expect(made).toEqual([1, 1, 2, 5]);
  });

  it('tells a failure to whoever takes the value, and to nobody else', async () => {
    const values = ahead((k) => Promise.reject(new Error(`no ${k}`)));
    values.prepare(1);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(values.take(1)).rejects.toThrow('no 1');
  });
});
