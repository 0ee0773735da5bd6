import { randomStream } from '../random/stream';
import { feedBytes, floatFeed, intFeed, normalFeed } from './feeds';

describe('normalFeed', () => {
  it.each([
    ['one piece', [3, 5]],
    ['several pieces, the last one odd', [3, 2 ** 18 + 1]],
  ])('has the numbers of one call of normals, and leaves the stream where that does: %s', (_, shape) => {
    const [piecewise, whole] = [randomStream(5), randomStream(5)];
    const feed = normalFeed(piecewise, shape);
    expect(feed.shape).toEqual(shape);
    expect(feed.values).toEqual(Float32Array.from(whole.normals(shape[0]! * shape[1]!)));
    expect(piecewise.state()).toEqual(whole.state());
  });
});

it('counts the bytes of feeds and groups of them', () => {
  const noise = { normals: floatFeed(new Float32Array(6), [2, 3]), none: undefined };
  expect(feedBytes({ ids: intFeed(new Int32Array(2)), noise })).toBe(32);
  expect(feedBytes([noise, noise])).toBe(48);
  expect(feedBytes({})).toBe(0);
});
