import {
  type Compile,
  type Denoiser,
  InputError,
  LOGITS_OF_PART,
  type Parameters,
  compileNamed,
  nextTokenNats,
  runPlainly,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { byteLength } from '../metrics/byte-length';
import type { TextWeight } from '../metrics/text-weight';
import type { TextScorer } from './scorer';
import { type JudgedWindow, judgedWindows } from './windows';

/** What a judge reads text with. */
export interface JudgeTokenizer {
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
  /** UTF-8 bytes of the text of ids (default: those of `decode`, which shows half a character as U+FFFD, of three). */
  byteLength?(ids: ArrayLike<number>): number;
  /** The token that ends a text. */
  readonly endOfTextId?: number;
}

/** What a judge that reads text is made of. */
export interface RetokenisingOptions extends Pick<TextScorer, 'name' | 'weights'> {
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

/** Rows of ids, padded to a width and to so many rows, int32 [rows, width]. */
function paddedIds(texts: readonly Int32Array[], [rows, width]: readonly [number, number], padding: number): tf.Tensor {
  const ids = new Int32Array(rows * width).fill(padding);
  texts.forEach((text, row) => ids.set(text, row * width));
  return tf.tensor2d(ids, [rows, width], 'int32');
}

/** Items in batches of at most `size`. */
const inBatches = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

/** Widths that windows are padded to: whatever the lengths of texts, an engine compiles a network for so many at most. */
const WIDTHS = 8;

/** The width that windows of so many tokens are padded to: the next of the eighths of a context. */
function paddedWidth(tokens: number, context: number): number {
  const step = Math.ceil(context / WIDTHS);
  return Math.min(context, Math.ceil(tokens / step) * step);
}

/** Windows of a call, and the width that they are padded to, behind which a causal network looks at none of it. */
interface WindowBatch {
  readonly width: number;
  readonly windows: readonly JudgedWindow[];
}

/** Windows of one padded width in batches of at most `size`; those of one token score nothing and are left out. */
function batchesOf(windows: readonly JudgedWindow[], context: number, size: number): WindowBatch[] {
  const scored = windows.filter(({ ids }) => ids.length > 1);
  const widthOf = ({ ids }: JudgedWindow) => paddedWidth(ids.length, context);
  return [...new Set(scored.map(widthOf))].flatMap((width) =>
    inBatches(
      scored.filter((window) => widthOf(window) === width),
      size,
    ).map((batch) => ({ width, windows: batch })),
  );
}

/** The tokens of a window that count and are text. */
const countedText = ({ ids, weights }: JudgedWindow, endOfText: number): Int32Array =>
  ids.filter((id, i) => i > 0 && weights[i - 1]! > 0 && id !== endOfText);

/** What windows are weighed with. */
interface Weighing {
  readonly tokenizer: JudgeTokenizer;
  readonly endOfText: number;
  /** Batches of windows, each to be filled up to `rows`. */
  readonly batches: readonly WindowBatch[];
  readonly rows: number;
  /** −ln p of each token but the first, by window. */
  nats(batch: WindowBatch, rows: number): Promise<ArrayLike<number>[]>;
}

/** −ln p of what counts in windows, weighed by text. */
async function weighWindows(
  texts: number,
  { tokenizer, endOfText, batches, rows, nats }: Weighing,
): Promise<TextWeight[]> {
  const sums = Array.from({ length: texts }, () => ({ nats: 0, tokens: 0, bytes: 0 }));
  const { byteLength: bytesOf = (ids) => byteLength(tokenizer.decode(ids)) } = tokenizer;
  for (const batch of batches) {
    const found = await nats(batch, rows);
    batch.windows.forEach((window, row) => {
      const sum = sums[window.text]!;
      window.weights.forEach((weight, i) => {
        if (weight === 0) return;
        sum.nats += weight * found[row]![i]!;
        sum.tokens += weight;
      });
      sum.bytes += bytesOf(countedText(window, endOfText));
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
    const width = Math.max(...rows.map((row) => row.length));
    const last = rows.map((row, i) => i * width + row.length - 1);
    const hidden = tf.tidy(() => {
      // What stands behind a token changes nothing of it.
      const ids = paddedIds(rows, [rows.length, width], endOfText);
      return denoiser.hidden!(parameters, { ids }, tf.zeros([rows.length]), tf.tensor1d(last, 'int32'));
    });
    try {
      states.push(...((await hidden.array()) as number[][]));
    } finally {
      hidden.dispose();
    }
  }
  return states;
}

/** A text behind its prompt in tokens, of which the first `given` are the prompt's. */
interface ReadText {
  readonly ids: Int32Array;
  readonly given: number;
}

/**
 * A text behind its prompt, encoded at once, as both would stand in a text: the prompt ends where it does by itself, and spaces behind it are the
 * text's, whose first word they are part of.
 */
function readBehind(tokenizer: JudgeTokenizer, prompt: string, text: string): ReadText {
  const ids = tokenizer.encode(`${prompt}${text}`);
  if (prompt === '') return { ids, given: 0 };
  return { ids, given: Math.min(ids.length, tokenizer.encode(prompt.trimEnd()).length) };
}

/** @throws InputError for a vocabulary that has no end of a text */
function endOf(name: string, { endOfTextId }: JudgeTokenizer): number {
  if (endOfTextId !== undefined) return endOfTextId;
  throw new InputError(`The tokenizer of the judge ${name} names no end of a text, with which texts are filled up.`);
}

/**
 * A judge that reads texts in its own tokens, behind their prompts where they have some, cut and weighed as `judgedWindows` says: the generative perplexity of the references where the
 * network is a GPT-2. Its features are the last hidden state of a text's last token, as MAUVE's reference takes it.
 * @throws InputError for a network that isn't causal, or a tokenizer without an end of a text
 * Source: MDLM and Duo repositories; Pillutla et al. (arXiv 2102.01454).
 */
export function retokenisingScorer(options: RetokenisingOptions): TextScorer & { dispose(): void } {
  const { name, weights, denoiser, parameters, tokenizer, longest } = options;
  const { batch: size = BATCH, compile = runPlainly } = options;
  const { causal, length: context } = denoiser.describe().config;
  if (!causal) throw new InputError(`The judge ${name} is no autoregressive network.`);
  const endOfText = endOf(name, tokenizer);
  type Given = { readonly ids: tf.Tensor; readonly parameters: Parameters };
  const losses = compileNamed(compile, (given: Given) => ({
    nats: nextTokenNats(denoiser, given.parameters, given.ids, { logitsOfPart: LOGITS_OF_PART }),
  }));
  const natsOf = async ({ windows, width }: WindowBatch, rows: number): Promise<ArrayLike<number>[]> => {
    const owned: tf.Tensor[] = [];
    try {
      const texts = windows.map((window) => window.ids);
      const ids = paddedIds(texts, [rows, width], endOfText);
      owned.push(ids);
      const { nats } = losses.run({ ids, parameters });
      owned.push(nats);
      const values = await nats.data();
      return windows.map((_, row) => values.subarray(row * (width - 1), (row + 1) * (width - 1)));
    } finally {
      tf.dispose(owned);
    }
  };
  return {
    name,
    ...(weights === undefined ? {} : { weights }),
    weigh: (texts, prompts = []) => {
      const read = texts.map((text, i) => readBehind(tokenizer, prompts[i] ?? '', text));
      const windows = judgedWindows(
        read.map(({ ids }) => ids),
        { context, longest, endOfText, given: read.map(({ given }) => given) },
      );
      const batches = batchesOf(windows, context, size);
      return weighWindows(texts.length, {
        ...{ tokenizer, endOfText, batches, nats: natsOf },
        // The last batch is filled up, so that few shapes are compiled.
        rows: Math.min(size, windows.length),
      });
    },
    ...(denoiser.hidden ? { features: (texts: readonly string[]) => lastStates(options, texts, endOfText) } : {}),
    dispose: losses.dispose,
  };
}
