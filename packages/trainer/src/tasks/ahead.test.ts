import { floatFeed, intFeed } from '@idlm/core-diffusion';
import { ahead, areSmall } from './ahead';

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

  it('prepares nothing beside a value of which there should not be two', async () => {
    const made: number[] = [];
    const isSmall = (k: number) => k < 2;
    const values = ahead(async (k) => (made.push(k), k), isSmall);
    values.prepare(1);
    expect(await values.take(1)).toBe(1);
    values.prepare(2);
    expect(await values.take(2)).toBe(2);
    values.prepare(3);
    expect(made).toEqual([1, 2]);
    expect(await values.take(0)).toBe(0);
    values.prepare(1);
    expect(made).toEqual([1, 2, 0, 1]);
  });

  it('counts the bytes of all parts of a step', () => {
    const part = (count: number) => ({
      ids: intFeed(new Int32Array(4)),
      noise: { normals: floatFeed(new Float32Array(count)) },
    });
    expect(areSmall([part(2 ** 24 - 4)])).toBe(true);
    expect(areSmall([part(2 ** 24 - 3)])).toBe(false);
    expect(areSmall([part(2 ** 23), part(2 ** 23)])).toBe(false);
  });

  it('tells a failure to whoever takes the value, and to nobody else', async () => {
    const values = ahead((k) => Promise.reject(new Error(`no ${k}`)));
    values.prepare(1);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(values.take(1)).rejects.toThrow('no 1');
  });
});
