import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder, put, useFolder } from '../../test/corpus-files';
import { corpusFiles, listed } from './files';
import type { CorpusFormat } from './formats/format';

useFolder();

/** The files that are read of a path, by their names within the test's folder. */
async function namesOf(path: string | readonly string[], format?: CorpusFormat): Promise<string[]> {
  const { files } = await corpusFiles(path, format);
  return files.map(({ path: file }) => file.slice(inFolder().length + 1));
}

describe('a folder', () => {
  it('gives its data in the order of names, of sub-folders too, and passes over what describes it', async () => {
    await put({
      ...{
        'b.txt': 'b',
        'a.jsonl': '{}',
        'sub/c.csv': 'text',
        'sub/deep/d.txt.gz': 'd',
        'README.md': '#',
        LICENSE: 'x',
      },
      ...{
        'config.json': '{}',
        'tokenizer.json': '{}',
        'dataset_infos.json': '{}',
        '.hidden.txt': 'h',
        '.git/x.txt': 'x',
      },
    });
    const { files, passedOver, otherSplits } = await corpusFiles(inFolder());
    expect(files.map(({ path, format }) => [path.slice(inFolder().length + 1), format])).toEqual([
      ['a.jsonl', 'jsonl'],
      ['b.txt', 'text'],
      [join('sub', 'c.csv'), 'csv'],
      [join('sub', 'deep', 'd.txt.gz'), 'text'],
    ]);
    expect(passedOver).toEqual(['LICENSE', 'README.md', 'config.json', 'dataset_infos.json', 'tokenizer.json']);
    expect(otherSplits).toEqual([]);
  });

  it('is the same with a slash behind it, and by several paths in their order', async () => {
    await put({ 'x/a.txt': 'a', 'y/b.txt': 'b' });
    expect(await namesOf(`${inFolder('x')}/`)).toEqual([join('x', 'a.txt')]);
    expect(await namesOf([inFolder('y'), inFolder('x', 'a.txt')])).toEqual([join('y', 'b.txt'), join('x', 'a.txt')]);
  });

  it.each([
    [['train.txt', 'test.txt', 'validation.txt'], ['train.txt'], ['test.txt', 'validation.txt']],
    [['train-00000.parquet', 'test-00000.parquet'], ['train-00000.parquet'], ['test-00000.parquet']],
    [['data/train/a.txt', 'data/val/a.txt'], ['data/train/a.txt'], ['data/val/a.txt']],
    [['a.txt', 'test.txt'], ['a.txt', 'test.txt'], []],
    [['training.txt', 'extra.txt', 'dev.txt'], ['extra.txt', 'training.txt'], ['dev.txt']],
    [['latest.txt', 'contest.txt', 'train.txt'], ['contest.txt', 'latest.txt', 'train.txt'], []],
    [['train_test.txt', 'test.txt'], ['train_test.txt'], ['test.txt']],
  ])('of %j reads %j for training, and not %j', async (names, train, others) => {
    await put(Object.fromEntries(names.map((name) => [name, 'text'])));
    const { files, otherSplits } = await corpusFiles(inFolder());
    expect(files.map(({ path }) => path.slice(inFolder().length + 1).replaceAll('\\', '/'))).toEqual(train);
    expect(otherSplits.map((name) => name.replaceAll('\\', '/'))).toEqual(others);
  });

  it('without data is read for its writing, and refused where it holds none', async () => {
    await put({ 'a.md': '# a', 'b.tex': 'b', chapter: 'c', 'd.png': 'png' });
    expect(await namesOf(inFolder())).toEqual(['a.md', 'b.tex', 'chapter']);
    await Promise.all(['a.md', 'b.tex', 'chapter'].map((name) => rm(inFolder(name))));
    await expect(corpusFiles(inFolder())).rejects.toThrow(
      `The corpus ${inFolder()} holds no data files; it has d.png. Give text, JSONL, JSON, CSV or Parquet, or set data.format.`,
    );
    await rm(inFolder('d.png'));
    await expect(corpusFiles(inFolder())).rejects.toThrow(
      `The corpus ${inFolder()} is empty; it holds no text to train on.`,
    );
  });

  it('is read by the format that is set: files of it, else all that could be', async () => {
    await put({ 'a.txt': 'a', 'b.jsonl': '{}', 'c.log': 'c', 'd.zip': 'z' });
    expect(await namesOf(inFolder(), 'jsonl')).toEqual(['b.jsonl']);
    expect(await namesOf(inFolder(), 'csv')).toEqual(['a.txt', 'b.jsonl', 'c.log']);
    expect(
      (await corpusFiles(inFolder(), 'csv')).files.every(({ format, isGuess }) => format === 'csv' && !isGuess),
    ).toBe(true);
  });

  it('follows links, enters no folder twice, and passes over a link that leads nowhere', async () => {
    await put({ 'real/a.txt': 'a' });
    await symlink(inFolder('real'), inFolder('again'));
    await symlink(inFolder(), inFolder('real', 'up'));
    await symlink(inFolder('nowhere'), inFolder('real', 'lost.txt'));
    expect(await namesOf(inFolder())).toEqual([join('again', 'a.txt')]);
  });
});

describe('a file', () => {
  it('is read by its extension, as text where that says nothing, and refused where it is known to hold none', async () => {
    await put({ 'a.jsonl.gz': '', 'b.xyz': 'b', 'c.pdf': 'c' });
    const formatsOf = async (name: string, format?: CorpusFormat) =>
      (await corpusFiles(inFolder(name), format)).files.map((one) => [one.format, one.isGuess]);
    expect(await formatsOf('a.jsonl.gz')).toEqual([['jsonl', false]]);
    expect(await formatsOf('b.xyz')).toEqual([['text', true]]);
    expect(await formatsOf('c.pdf', 'text')).toEqual([['text', false]]);
    await expect(corpusFiles(inFolder('c.pdf'))).rejects.toThrow(
      `${inFolder('c.pdf')} is a document of a word processor`,
    );
  });

  it('whose name is a pattern is itself where it is there', async () => {
    await put({ 'a[1].txt': 'a', 'a1.txt': 'b' });
    expect(await namesOf(inFolder('a[1].txt'))).toEqual(['a[1].txt']);
    await rm(inFolder('a[1].txt'));
    expect(await namesOf(inFolder('a[1].txt'))).toEqual(['a1.txt']);
  });

  it('that is not there is said, with the hub where its name could be one of there', async () => {
    await expect(corpusFiles(inFolder('none.txt'))).rejects.toThrow(
      `The corpus ${inFolder('none.txt')} does not exist; name a text, JSONL, JSON, CSV or Parquet file, or a folder of them.`,
    );
    await expect(corpusFiles('none.txt')).rejects.toThrow(
      `The corpus none.txt does not exist in ${process.cwd()}, where this runs; name a text`,
    );
    await expect(corpusFiles('some-lab/some-texts')).rejects.toThrow(
      'Data sets of the Hugging Face hub are not fetched: download it and give its folder.',
    );
    await expect(corpusFiles('./some-texts')).rejects.not.toThrow('hub');
  });
});

describe('a pattern', () => {
  it('gives what it fits, whatever it is called, and refuses where that is nothing', async () => {
    await put({ 'a.log': 'a', 'b.log': 'b', 'x/c.log': 'c', 'README.md': '#' });
    expect(await namesOf(inFolder('*.log'))).toEqual(['a.log', 'b.log']);
    expect(await namesOf(inFolder('**', '*.log'))).toEqual(['a.log', 'b.log', join('x', 'c.log')]);
    expect(await namesOf(inFolder('{README.md,x/*}'))).toEqual(['README.md', join('x', 'c.log')]);
    await expect(corpusFiles(inFolder('*.txt'))).rejects.toThrow(`No file fits ${inFolder('*.txt')}.`);
    await expect(corpusFiles(inFolder('none', '*'))).rejects.toThrow('No file fits');
    await mkdir(inFolder('empty'));
    await expect(corpusFiles([inFolder('a.log'), inFolder('empty')])).rejects.toThrow('is empty');
  });

  it('is stopped where comparing takes too long', async () => {
    await put({ ['a'.repeat(80)]: 'text' });
    // A second or so: each further star or letter multiplies it.
    const pattern = inFolder('*a*a*a*a*b');
    await expect(corpusFiles(pattern, undefined, 0.02)).rejects.toThrow(
      `The pattern ${pattern} takes too long to compare with names; write it with fewer stars.`,
    );
    expect((await corpusFiles(inFolder('*a*'), undefined, 60)).files).toHaveLength(1);
  });
});

describe('listed', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  it.each([
    [0, ''],
    [1, 'a'],
    [4, 'a, b, c, d'],
    // One more takes no more room than saying so.
    [5, 'a, b, c, d, e'],
    [6, 'a, b, c, d and 2 more'],
  ])('names %d so: %s', (count, sentence) => {
    expect(listed(names.slice(0, count))).toBe(sentence);
  });
});
