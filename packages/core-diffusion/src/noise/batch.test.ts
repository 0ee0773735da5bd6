import { countedMarks } from './batch';

it('tokens count that are neither given nor uncounted', () => {
  const [valid, counted] = [Uint8Array.of(0, 1, 1), Uint8Array.of(1, 1, 0)];
  expect(countedMarks({ valid, counted })).toEqual(Uint8Array.of(0, 1, 0));
  expect(countedMarks({ valid })).toBe(valid);
  expect(countedMarks({ counted })).toBe(counted);
  expect(countedMarks({})).toBeUndefined();
});
