import fc from 'fast-check';
import { filePattern, isPattern } from './file-pattern';

it.each([
  ['texts/*.jsonl', ['a.jsonl', '.b.jsonl'], ['a.json', 'sub/a.jsonl', 'a.jsonl.gz']],
  ['texts/**/*.txt', ['a.txt', 'x/y/a.txt'], ['a.text']],
  ['texts/**', ['a.txt', 'x/y/a'], []],
  ['texts/x**y', ['xy', 'x/z/y', 'xay'], ['xyz']],
  ['texts/part-?[0-4].{txt,txt.gz}', ['part-11.txt', 'part-94.txt.gz'], ['part-15.txt', 'part-1.txt', 'part-11.gz']],
  ['texts/[!a]+(b).txt', ['c+(b).txt'], ['a+(b).txt', 'cb.txt']],
  ['texts/?.txt', ['a.txt'], ['.txt', 'ab.txt', '/.txt']],
  ['texts/{a,b*}.txt', ['a.txt', 'b.txt', 'bcd.txt'], ['ab.txt', 'b/c.txt']],
  ['texts/{*.txt,[0-9]?}', ['a.txt', '7x'], ['a.md', 'xx', '7']],
  ['texts/{train,x/y}/*.txt', ['train/a.txt', 'x/y/a.txt'], ['x/a.txt', 'y/a.txt']],
  ['texts/a{,.gz}', ['a', 'a.gz'], ['a.']],
  ['texts/*$^|.txt', ['a$^|.txt'], ['a.txt']],
  ['texts/*]', ['a]'], ['a']],
  ['texts/{a', ['{a'], ['a']],
  ['texts/a}*', ['a}b'], ['a']],
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
  expect(filePattern('a/b/{c,d}/*').folder).toBe('a/b');
  expect([isPattern('a.txt'), isPattern('a*.txt')]).toEqual([false, true]);
  expect(['?', '[', ']', '{', '}'].every((mark) => isPattern(`a${mark}`))).toBe(true);
});

it.each(['texts/[z-a].txt', 'texts/{a,[9-0]}.txt'])(
  'a range that runs backwards is refused by its pattern: %s',
  (pattern) => {
    expect(() => filePattern(pattern)).toThrow(`The pattern ${pattern} cannot be read: `);
    expect(() => filePattern(pattern)).toThrow(expect.objectContaining({ name: 'InputError' }));
  },
);

it('whatever is no pattern fits itself alone', () => {
  const plain = fc.string({ unit: fc.constantFrom(...'ab.+^$()|-, '), minLength: 1 });
  fc.assert(
    fc.property(plain, plain, (name, other) => {
      const { fits } = filePattern(`texts/*/${name}`);
      expect(fits(`x/${name}`)).toBe(true);
      expect(fits(`x/${other}`)).toBe(other === name);
      expect(fits(name)).toBe(false);
    }),
  );
});

it('takes slashes of either kind', () => {
  const { fits } = filePattern('texts/**/*.txt');
  expect([fits('x\\y\\a.txt'), fits('x/y/a.txt')]).toEqual([true, true]);
});
