import {
  type Compile,
  type Denoiser,
  InputError,
  type Parameters,
  compileNamed,
  runPlainly,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { byteLength } from '../metrics/byte-length';
import { nextTokenNats } from './next-token';
import type { TextScorer, TextWeight } from './scorer';
import { type JudgedWindow, judgedWindows } from './windows';

/** What a judge reads text with. */
export interface JudgeTokenizer {
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
  /** The token that ends a text. */
  readonly endOfTextId?: number;
}

/** What a judge that reads text is made of. */
export interface RetokenisingOptions {
  /** Name in tables. */
  readonly name: string;
  /** A causal network. */
  readonly denoiser: Denoiser;
  readonly parameters: Parameters;
  readonly tokenizer: JudgeTokenizer;
  /** Tokens of a text that are read, at most; the rest is left out (default: all, in windows of the network's length). */
  readonly longest?: number;
  /** Windows or texts of a call (default 8). */
  readonly batch?: number;
  readonly compile?: Compile;
}

/** Windows of a call. */
const BATCH = 8;

/** Rows of ids, padded to the longest of them and to so many rows, int32 [rows, longest]. */
function paddedIds(texts: readonly Int32Array[], rows: number, padding: number): tf.Tensor {
  const width = Math.max(...texts.map(({ length }) => length));
  const ids = new Int32Array(rows * width).fill(padding);
  texts.forEach((text, row) => ids.set(text, row * width));
  return tf.tensor2d(ids, [rows, width], 'int32');
}

/** Items in batches of at most `size`. */
const inBatches = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

/** Windows of equal widths in batches of at most `size`; those of one token score nothing and are left out. */
function batchesOf(windows: readonly JudgedWindow[], size: number): JudgedWindow[][] {
  const widths = [...new Set(windows.map(({ ids }) => ids.length))].filter((width) => width > 1);
  return widths.flatMap((width) =>
    inBatches(
      windows.filter(({ ids }) => ids.length === width),
      size,
    ),
  );
}

/** The tokens of a window that count and are text. */
const countedText = ({ ids, weights }: JudgedWindow, endOfText: number): Int32Array =>
  ids.filter((id, i) => i > 0 && weights[i - 1]! > 0 && id !== endOfText);

/** −ln p of what counts in windows, weighed by text. */
async function weighWindows(
  windows: readonly JudgedWindow[],
  texts: number,
  { tokenizer, endOfText }: { readonly tokenizer: JudgeTokenizer; readonly endOfText: number },
  nats: (batch: readonly JudgedWindow[], rows: number) => Promise<ArrayLike<number>[]>,
  size: number,
): Promise<TextWeight[]> {
  const sums = Array.from({ length: texts }, () => ({ nats: 0, tokens: 0, bytes: 0 }));
  for (const batch of batchesOf(windows, size)) {
    // The last batch is filled up, so that few shapes are compiled.
    const found = await nats(batch, Math.min(size, windows.length));
    batch.forEach((window, row) => {
      const sum = sums[window.text]!;
      window.weights.forEach((weight, i) => {
        if (weight === 0) return;
        sum.nats += weight * found[row]![i]!;
        sum.tokens += weight;
      });
      sum.bytes += byteLength(tokenizer.decode(countedText(window, endOfText)));
    });
  }
  return sums;
}

/** The last hidden state of the last token of each text, as far as the network reads. */
async function lastStates(
  { denoiser, parameters, tokenizer, batch: size = BATCH }: RetokenisingOptions,
  texts: readonly string[],
  endOfText: number,
): Promise<number[][]> {
  const { length } = denoiser.describe().config;
  const states: number[][] = [];
  for (const batch of inBatches(texts, size)) {
    // A text without a token is its end.
    const rows = batch
      .map((text) => tokenizer.encode(text).subarray(0, length))
      .map((ids) => (ids.length ? ids : Int32Array.of(endOfText)));
    // What stands behind a token changes nothing of it.
    const ids = paddedIds(rows, rows.length, endOfText);
    const last = rows.map((row, i) => i * ids.shape[1]! + row.length - 1);
    const hidden = tf.tidy(() =>
      denoiser.hidden!(parameters, { ids }, tf.zeros([rows.length]), tf.tensor1d(last, 'int32')),
    );
    states.push(...((await hidden.array()) as number[][]));
    tf.dispose([ids, hidden]);
  }
  return states;
}

/** @throws InputError for a vocabulary that has no end of a text */
function endOf(name: string, { endOfTextId }: JudgeTokenizer): number {
  if (endOfTextId !== undefined) return endOfTextId;
  throw new InputError(`The tokenizer of the judge ${name} names no end of a text, with which texts are filled up.`);
}

/**
 * A judge that reads texts in its own tokens, cut and weighed as `judgedWindows` says: the generative perplexity of the references where the
 * network is a GPT-2. Its features are the last hidden state of a text's last token, as MAUVE's reference takes it.
 * @throws InputError for a network that isn't causal, or a tokenizer without an end of a text
 * Source: MDLM and Duo repositories; Pillutla et al. (arXiv 2102.01454).
 */
export function retokenisingScorer(options: RetokenisingOptions): TextScorer & { dispose(): void } {
  const { name, denoiser, parameters, tokenizer, longest, batch: size = BATCH, compile = runPlainly } = options;
  const { causal, length: context } = denoiser.describe().config;
  if (!causal) throw new InputError(`The judge ${name} is no autoregressive network.`);
  const endOfText = endOf(name, tokenizer);
  type Given = { readonly ids: tf.Tensor; readonly weights: Parameters };
  const losses = compileNamed(compile, ({ ids, weights }: Given) => ({ nats: nextTokenNats(denoiser, weights, ids) }));
  const natsOf = async (windows: readonly JudgedWindow[], rows: number): Promise<ArrayLike<number>[]> => {
    const ids = paddedIds(
      windows.map((window) => window.ids),
      rows,
      endOfText,
    );
    const { nats } = losses.run({ ids, weights: parameters });
    const values = await nats.data();
    tf.dispose([ids, nats]);
    const width = windows[0]!.ids.length - 1;
    return windows.map((_, row) => values.subarray(row * width, (row + 1) * width));
  };
  return {
    name,
    weigh: (texts) => {
      const windows = judgedWindows(
        texts.map((text) => tokenizer.encode(text)),
        { context, longest, endOfText },
      );
      return weighWindows(windows, texts.length, { tokenizer, endOfText }, natsOf, size);
    },
    ...(denoiser.hidden ? { features: (texts: readonly string[]) => lastStates(options, texts, endOfText) } : {}),
    dispose: losses.dispose,
  };
}
