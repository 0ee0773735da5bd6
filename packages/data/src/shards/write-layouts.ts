import type { EncodedStream } from '../corpora/encoded';
import { isHeldOut } from '../corpora/hold-out';
import { addTexts } from '../corpora/pack';
import type { Layout, PrepareOptions } from '../corpora/prepared';
import { eachRow, paddingOf, refuseNoRow } from '../corpora/rows';
import { separatorIds, windowEndsOf } from '../corpora/separators';
import { tokenHash } from '../corpora/token-hash';
import { InputError } from '../errors';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { Shard } from './index-file';
import { type ShardOptions, type ShardWriter, shardWriter } from './shard-writer';

/** What a layout has written. */
export interface Written {
  readonly shards: readonly Shard[];
  readonly heldOutShards: readonly Shard[];
  readonly trainTokens: number;
  readonly heldOutTokens: number;
  readonly heldOutIsTraining: boolean;
  readonly unknownTokens: number;
  readonly hash: string;
  readonly isPrompted: boolean;
  readonly padId: number | null;
  readonly separator?: string;
  readonly left: { readonly emptied: number; readonly tooLong: number; readonly emptiedPrompts: number };
}

/** Where and how shards are written. */
export type Target = Omit<ShardOptions, 'name'>;

/** Counts a token among those that pass. */
function counting(id: number | undefined) {
  let count = 0;
  return {
    look(ids: ArrayLike<number>) {
      if (id !== undefined) for (let i = 0; i < ids.length; i++) if (ids[i] === id) count++;
    },
    get count() {
      return count;
    },
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
  const least = ends ? Math.max(1, length - 2) : length;
  const [writer, hash, unknown] = [
    shardWriter({ ...target, name: 'shard' }),
    tokenHash(),
    counting(tokenizer.unknownId),
  ];
  return writing([writer], async () => {
    const store = {
      get size() {
        return writer.size;
      },
      add(ids: ArrayLike<number>) {
        writer.add(ids);
        hash.add(ids);
        unknown.look(ids);
      },
    };
    const emptied = await addTexts(store, encoded, separator, () => writer.beginDocument());
    const shards = writer.finish();
    const trainTokens = Math.ceil(writer.size * (1 - share));
    if (trainTokens < least)
      throw new InputError(
        `The corpus has ${trainTokens} tokens to train on; at least ${least} are needed, one window.`,
      );
    return {
      ...{ shards, heldOutShards: [], trainTokens, heldOutTokens: writer.size - trainTokens },
      ...{ heldOutIsTraining: writer.size - trainTokens < least, unknownTokens: unknown.count, hash: hash.digest() },
      ...{ isPrompted: false, padId: null, separator: tokenizer.decode(separator) },
      left: { emptied, tooLong: 0, emptiedPrompts: 0 },
    };
  });
}

/** Documents as rows, each by itself, of which a hash of the tokens says whether it is held out. */
async function writeRows(
  options: PrepareOptions,
  tokenizer: Tokenizer,
  encoded: EncodedStream,
  target: Target,
): Promise<Written> {
  const { length, heldOut: share = 0.1, source } = options;
  const padId = paddingOf({}, tokenizer);
  const isPrompted = source.hasPrompts;
  const width = length + Number(isPrompted);
  const whole = { ...target, most: width * Math.max(1, Math.floor(target.most / width)) };
  const [train, heldOut] = ['shard', 'held-out'].map((name) => shardWriter({ ...whole, name })) as [
    ShardWriter,
    ShardWriter,
  ];
  const [hash, unknown] = [tokenHash(), counting(tokenizer.unknownId)];
  return writing([train, heldOut], async () => {
    const counts = await eachRow(encoded, { length, padId }, (row, prompt) => {
      const writer = isHeldOut(row, share) ? heldOut : train;
      writer.beginDocument();
      if (isPrompted) writer.add([prompt]);
      writer.add(row);
      hash.add(row);
      unknown.look(row);
    });
    const { dropped: tooLong, emptied, emptiedPrompts } = counts;
    const [shards, heldOutShards] = [train.finish(), heldOut.finish()];
    if (!train.size) refuseNoRow(length, counts);
    const tokensOf = ({ size }: ShardWriter) => (size / width) * length;
    return {
      ...{ shards, heldOutShards, trainTokens: tokensOf(train), heldOutTokens: tokensOf(heldOut) },
      ...{ heldOutIsTraining: !heldOut.size, unknownTokens: unknown.count, hash: hash.digest(), isPrompted, padId },
      left: { emptied, tooLong, emptiedPrompts },
    };
  });
}

/** What writes each layout. @throws InputError where documents, tokenizer and options do not go together */
export const WRITE_LAYOUT: Readonly<
  Record<
    Layout,
    (options: PrepareOptions, tokenizer: Tokenizer, encoded: EncodedStream, target: Target) => Promise<Written>
  >
> = { packed: writeWindows, rows: writeRows };
