import type { EncodedStream } from '../corpora/encoded';
import { WHOLE, isHeldOut, trainedTokens } from '../corpora/hold-out';
import { addTexts } from '../corpora/pack';
import type { Layout, PrepareOptions } from '../corpora/prepared';
import { eachRow, paddingOf, refuseNoRow } from '../corpora/rows';
import { separatorIds, windowEndsOf } from '../corpora/separators';
import { type Counted, countOf } from '../corpora/telling';
import { tokenHash } from '../tokens/token-hash';
import { spanOf } from '../loaders/windows';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { Shard } from './index-file';
import { type ShardOptions, type ShardWriter, shardWriter } from './shard-writer';

/** What a layout has written. */
export interface Written {
  readonly shards: readonly Shard[];
  readonly heldOutShards: readonly Shard[];
  readonly isPrompted: boolean;
  readonly padId: number | null;
  readonly counted: Counted;
}

/** Where and how shards are written. */
export type Target = Omit<ShardOptions, 'name'>;

/** What passes on its way into shards: its hash, and how many of it are unknown. */
function passing({ unknownId }: Tokenizer) {
  const hash = tokenHash();
  let unknownTokens = 0;
  return {
    look(ids: ArrayLike<number>) {
      hash.add(ids);
      unknownTokens += countOf(unknownId, ids);
    },
    finish: () => ({ hash: hash.digest(), unknownTokens }),
  };
}

/** Runs what writes, and closes its files where that fails. */
async function writing<Result>(writers: readonly ShardWriter[], write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } finally {
    writers.forEach((writer) => writer.abandon());
  }
}

/** Documents as one long row, the end of which is held out. */
async function writeWindows(
  options: PrepareOptions,
  tokenizer: Tokenizer,
  encoded: EncodedStream,
  target: Target,
): Promise<Written> {
  const { length, heldOut: share = 0.1, windowEnds } = options;
  const separator = separatorIds(tokenizer, options.separator ?? null);
  const ends = windowEnds ? windowEndsOf(tokenizer) : undefined;
  const least = spanOf(length, ends);
  const writer = shardWriter({ ...target, name: 'shard' });
  const passed = passing(tokenizer);
  return writing([writer], async () => {
    const store = {
      get size() {
        return writer.size;
      },
      add(ids: ArrayLike<number>) {
        writer.add(ids);
        passed.look(ids);
      },
    };
    const emptied = await addTexts(store, encoded, separator, () => writer.beginDocument());
    const shards = writer.finish();
    const trainTokens = trainedTokens(writer.size, share, least);
    const heldOutTokens = writer.size - trainTokens;
    const counted = {
      ...{ trainTokens, heldOutTokens, heldOutIsTraining: heldOutTokens < least, ...passed.finish() },
      ...{ separator: tokenizer.decode(separator), left: { emptied, tooLong: 0, emptiedPrompts: 0 } },
    };
    return { shards, heldOutShards: [], isPrompted: false, padId: null, counted };
  });
}

/** Documents as rows, each by itself, of which a hash of the tokens says whether it is held out. */
async function writeRows(
  options: PrepareOptions,
  tokenizer: Tokenizer,
  encoded: EncodedStream,
  target: Target,
): Promise<Written> {
  const { length, heldOut: share = 0.1, source, windowEnds } = options;
  const ends = windowEnds ? windowEndsOf(tokenizer) : undefined;
  const padId = paddingOf({}, tokenizer);
  const isPrompted = source.hasPrompts;
  const width = length + Number(isPrompted);
  const whole = { ...target, most: width * Math.max(1, Math.floor(target.most / width)) };
  const [train, heldOut] = ['shard', 'held-out'].map((name) => shardWriter({ ...whole, name })) as [
    ShardWriter,
    ShardWriter,
  ];
  const passed = passing(tokenizer);
  return writing([train, heldOut], async () => {
    const counts = await eachRow(encoded, { length, padId, ends }, (row, given) => {
      const writer = isHeldOut(row, share) ? heldOut : train;
      writer.beginDocument();
      if (isPrompted) writer.add([given]);
      writer.add(row);
      passed.look(row);
    });
    const { dropped: tooLong, emptied, emptiedPrompts } = counts;
    const [shards, heldOutShards] = [train.finish(), heldOut.finish()];
    if (!(share === WHOLE ? heldOut : train).size) refuseNoRow(length, counts);
    const tokensOf = ({ size }: ShardWriter) => (size / width) * length;
    const counted = {
      ...{ trainTokens: tokensOf(train), heldOutTokens: tokensOf(heldOut), heldOutIsTraining: !heldOut.size },
      ...{ ...passed.finish(), left: { emptied, tooLong, emptiedPrompts } },
    };
    return { shards, heldOutShards, isPrompted, padId, counted };
  });
}

/** What writes each layout. @throws InputError where documents, tokenizer and options do not go together */
export const WRITE_LAYOUT: Readonly<
  Record<
    Layout,
    (options: PrepareOptions, tokenizer: Tokenizer, encoded: EncodedStream, target: Target) => Promise<Written>
  >
> = { packed: writeWindows, rows: writeRows };
