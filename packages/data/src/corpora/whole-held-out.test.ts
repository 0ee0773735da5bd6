import { randomStream } from '@idlm/core-diffusion';
import { inFolder, useFolder } from '../../test/corpus-files';
import { openShards } from '../shards/open-shards';
import { writeShards } from '../shards/write-shards';
import { byteTokenizer } from '../tokenizers/bytes';
import { prepareCorpus } from './prepare';
import type { PrepareOptions, PreparedCorpus } from './prepared';
import { corpusOf } from './read';

useFolder();

const TEXTS = ['the sea', 'the whale', 'a ship'];
const textOf = ({ takeTraining, decode }: PreparedCorpus): string => decode(takeTraining().train);

describe.each(['packed', 'rows'] as const)('a text that is held out as a whole, %s', (layout) => {
  const options: PrepareOptions = {
    ...{ source: corpusOf(TEXTS), tokenizer: byteTokenizer(), layout, heldOut: 1 },
    length: layout === 'rows' ? 9 : 3,
  };
  const inFiles = async () => {
    const out = inFolder(layout);
    await writeShards({ ...options, out, threads: 0 });
    return openShards(out);
  };

  it.each([
    ['memory', () => prepareCorpus(options)],
    ['files', inFiles],
  ])('is all there in %s, counted as it is, and not said to be trained on', async (_, open) => {
    const corpus = await open();
    const shown = (decoded: string) =>
      (layout === 'rows' ? decoded.split(/(?<=^(?:.{9})*)/).sort() : decoded).toString();
    const all =
      layout === 'rows' ? ['the sea  ', 'the whale', 'a ship   '].sort().toString() : 'the sea\nthe whale\na ship';
    const read = corpus.decode(corpus.heldOut.ids);
    // The last window of packed text must be whole.
    if (layout === 'packed') expect(all.startsWith(read) && all.length - read.length < 3).toBe(true);
    else expect(shown(read)).toBe(all);
    expect(shown(textOf(corpus))).toBe(all);
    expect([...corpus.words].sort()).toEqual(['a', 'sea', 'ship', 'the', 'whale']);
    const { trainTokens, heldOutTokens, heldOutIsTraining } = corpus.facts;
    expect([trainTokens, heldOutTokens, heldOutIsTraining]).toEqual([0, layout === 'rows' ? 27 : 24, false]);
    expect(corpus.notes).toEqual([expect.stringContaining('All of the text is held out.')]);
    expect(() => corpus.loader({ length: options.length, batch: 1, random: randomStream(1) })).toThrow(
      'All of the text is held out (data.heldOut is 1), so that none is left to train on',
    );
  });
});

it('is refused where there is less of it than a window', async () => {
  const short = {
    source: corpusOf(['ab']),
    tokenizer: byteTokenizer(),
    layout: 'packed',
    heldOut: 1,
    length: 3,
  } as const;
  await expect(prepareCorpus(short)).rejects.toThrow(
    'has 2 tokens that are held out; at least 3 are needed, one window',
  );
});
