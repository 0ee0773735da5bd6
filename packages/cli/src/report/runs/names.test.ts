import fc from 'fast-check';
import { shortNames } from './names';

it.each([
  [['runs/a'], ['a']],
  [
    ['runs/a', 'runs/b'],
    ['a', 'b'],
  ],
  [
    ['x/eval', 'y/eval'],
    ['x/eval', 'y/eval'],
  ],
  [
    ['x/eval/report.json', 'x/other/'],
    ['eval', 'other'],
  ],
  [
    ['x/report.json', 'x/manifest.json'],
    ['report.json', 'manifest.json'],
  ],
])('%j are called %j', (paths, names) => expect(shortNames(paths)).toEqual(names));

it('tell all paths apart', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      ),
      (paths) => expect(new Set(shortNames(paths)).size).toBe(paths.length),
    ),
  ));

it('are not told of a run that is named twice', () =>
  expect(() => shortNames(['a', 'b', './a'])).toThrow('./a is named twice; name each run once.'));
