import { wordsOf } from '@idlm/data';
import { resolveConfig } from '../config/load';
import { textWarnings } from './model-origin';

/** A model of a type, of which no run is known. */
const downloaded = (type: string) => ({ path: 'models/one', model: { type } }) as never;
const corpusWith = (endOfTextId?: number) =>
  ({ facts: { hash: 'ab' }, tokenizer: { endOfTextId, decode: () => '<|endoftext|>' } }) as never;
const configured = (...settings: string[]) => resolveConfig({ settings: ['data.corpus=sea.txt', ...settings] });

it('a published model whose kind saw windows with ends is told so, where these have none', () => {
  for (const type of ['mdlm', 'duo', 'udlm', 'd3pm'])
    expect(textWarnings(downloaded(type), configured(), corpusWith(256))).toEqual([
      `Published models of the type ${type} saw windows that begin and end with <|endoftext|>, and those here have text alone; data.windowEnds=true gives them such, if models/one is one.`,
    ]);
});

it.each([
  ['kinds that saw none', 'sedd', [], 256],
  ['kinds of which nothing is known', 'words', [], 256],
  ['windows that have them', 'mdlm', ['data.windowEnds=true'], 256],
  ['windows that somebody has chosen', 'mdlm', ['data.windowEnds=false'], 256],
  ['vocabularies without an end of texts', 'mdlm', [], undefined],
] as const)('nothing is said of %s', (_, type, settings, end) => {
  expect(textWarnings(downloaded(type), configured(...settings), corpusWith(end))).toEqual([]);
});

it('a default corpus is named before it', () => {
  const found = textWarnings(downloaded('mdlm'), resolveConfig({}), corpusWith(256));
  expect(found).toHaveLength(2);
  expect(found[0]).toBe(
    'Nothing tells what the model in models/one was trained on; moby-dick is only the default of data.corpus.',
  );
  expect(wordsOf(found[1]!)).toContain('data.windowEnds=true');
});
