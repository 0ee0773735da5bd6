import { timesOfRows } from './row-times';

it.each([
  [[0.5, 0.5], { t: 0.5 }],
  [[0.2, 0.7, 0.2], { t: 0.7, times: Float64Array.of(0.2, 0.7, 0.2) }],
  [[0.3], { t: 0.3 }],
  [[], { t: 0 }],
])('rows at the times %j', (times, expected) => expect(timesOfRows(times)).toEqual(expected));
