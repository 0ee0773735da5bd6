import { filePattern, isPattern } from './file-pattern';

it.each([
  ['texts/*.jsonl', ['a.jsonl', '.b.jsonl'], ['a.json', 'sub/a.jsonl', 'a.jsonl.gz']],
  ['texts/**/*.txt', ['a.txt', 'x/y/a.txt'], ['a.text']],
  ['texts/part-?[0-4].{txt,txt.gz}', ['part-11.txt', 'part-94.txt.gz'], ['part-15.txt', 'part-1.txt', 'part-11.gz']],
  ['texts/[!a]+(b).txt', ['c+(b).txt'], ['a+(b).txt', 'cb.txt']],
])('%s fits %j and not %j', (pattern, fitting, others) => {
  const { folder, fits } = filePattern(pattern);
  expect(folder).toBe('texts');
  expect(fitting.filter((name) => !fits(name))).toEqual([]);
  expect(others.filter(fits)).toEqual([]);
});

it('begins where the first pattern stands', () => {
  expect(filePattern('/data/x*/a.txt')).toMatchObject({ folder: '/data' });
  expect(filePattern('*.txt').folder).toBe('.');
  expect(filePattern('/*.txt').folder).toBe('/');
  expect([isPattern('a.txt'), isPattern('a*.txt')]).toEqual([false, true]);
});
