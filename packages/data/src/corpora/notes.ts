import type { Tokenizer } from '../tokenizers/tokenizer';
import type { CorpusFacts } from './facts';
import { type CorpusFiles, listed } from './files';
import type { ReadingCounts } from './read';

const many = (count: number, one: string, more: string): string => (count === 1 ? one : `${count} ${more}`);

/** A share in per cent, with as many digits as it takes to see that it is not 0. */
function percent(share: number): string {
  if (share < 0.001) return 'less than 0.1 %';
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** What normalisation took away, as a sentence; undefined where it took nothing. */
export function lossNote(
  { lostCharacters, characters }: Pick<CorpusFacts, 'lostCharacters' | 'characters'>,
  { normalise }: Tokenizer,
): string | undefined {
  if (!lostCharacters) return undefined;
  const share = percent(lostCharacters / characters);
  return normalise === 'letters'
    ? `${share} of the characters are none of the letters a-z and became spaces; data.normalise=none keeps them.`
    : `${share} of the characters are halves of surrogate pairs, which no text has, and became U+FFFD.`;
}

/** What the vocabulary lacks, as a sentence. */
function unknownNotes({ unknownTokens: count, tokens }: CorpusFacts, { unknownId, decode }: Tokenizer): string[] {
  if (!count || unknownId === undefined) return [];
  return [
    `${percent(count / tokens)} of the tokens are ${decode([unknownId])}: the vocabulary lacks what stood there, and the model cannot learn it.`,
  ];
}

/** What was passed over among a folder's files. */
function fileNotes({ files, passedOver, otherSplits }: CorpusFiles): string[] {
  const guessed = files.filter(({ isGuess }) => isGuess).map(({ path }) => path);
  const known = guessed.filter((path) => /\.[^./\\]+$/.test(path));
  return [
    ...(otherSplits.length
      ? [
          `The folder holds splits; ${many(files.length, '1 file of "train" is', 'files of "train" are')} read, not ${listed(otherSplits)}.`,
        ]
      : []),
    ...(passedOver.length ? [`Passed over as no data: ${listed(passedOver)}.`] : []),
    ...(known.length ? [`Read as plain text: ${listed(known)}; data.format says otherwise.`] : []),
  ];
}

/** What a user should know of a corpus, in sentences: what was left out or changed, and what is not held out. */
export function corpusNotes(
  facts: CorpusFacts,
  tokenizer: Tokenizer,
  {
    counts,
    files,
    length,
    emptiedPrompts,
  }: {
    readonly counts: ReadingCounts;
    readonly files: CorpusFiles | undefined;
    readonly length: number;
    readonly emptiedPrompts: number;
  },
): string[] {
  const { empty, emptied, tooLong } = facts.leftOut;
  const loss = lossNote(facts, tokenizer);
  const runsTogether = facts.separator === '' && facts.documents > 1;
  return [
    ...(files ? fileNotes(files) : []),
    ...(empty ? [`${many(empty, '1 text is', 'texts are')} null, missing or blank, and left out.`] : []),
    ...(counts.promptless
      ? [
          `${many(counts.promptless, '1 prompt is null, missing or blank; its text stands', 'prompts are null, missing or blank; their texts stand')} alone.`,
        ]
      : []),
    ...(loss ? [loss] : []),
    ...unknownNotes(facts, tokenizer),
    ...(emptied
      ? [
          `${many(emptied, '1 document has no token of its own once normalised, and is', 'documents have no token of their own once normalised, and are')} left out.`,
        ]
      : []),
    ...(emptiedPrompts
      ? [
          `${many(emptiedPrompts, '1 prompt has no token once normalised; its text stands', 'prompts have no token once normalised; their texts stand')} alone.`,
        ]
      : []),
    ...(counts.lineEnds
      ? [`${many(counts.lineEnds, '1 Windows line end', 'Windows line ends')} (\\r\\n) became \\n.`]
      : []),
    ...(tooLong
      ? [
          `${many(tooLong, '1 document is', 'documents are')} longer than a row of ${length} tokens (data.length) and left out.`,
        ]
      : []),
    ...(runsTogether ? ['Nothing stands between documents, so they run together; see data.separator.'] : []),
    ...(facts.trainTokens === 0
      ? [
          'All of the text is held out. Judges that count n-grams count this very text, and tell how like it samples are.',
        ]
      : []),
    ...(facts.heldOutIsTraining ? ['Nothing is held out, so samples are compared with the training text.'] : []),
  ];
}
