import { type BootstrapOptions, type Interval, bootstrap } from './bootstrap';
import { type LikelihoodSummary } from './perplexity';
import type { TextWeight } from './text-weight';

/** What a likelihood is reported in. */
type LikelihoodUnit = 'nll' | 'bitsPerToken' | 'perplexity' | 'bitsPerByte';

/** A likelihood of texts in all units, each with its 95 % interval over texts. */
export interface MeasuredLikelihood extends LikelihoodSummary {
  /** Bits per UTF-8 byte of text: what compares across vocabularies. NaN where there is no text. */
  readonly bitsPerByte: number;
  /** Tokens that count, and bytes of their text. */
  readonly tokens: number;
  readonly bytes: number;
  /** Standard error of the nats per token over texts. */
  readonly error: number;
  /** 95 % bootstrap intervals over texts. */
  readonly intervals: Readonly<Record<LikelihoodUnit, Interval>>;
}

/** Sums over some texts, an index as often as it is drawn. */
function totals(texts: readonly TextWeight[], drawn: ArrayLike<number>): TextWeight {
  let [nats, tokens, bytes] = [0, 0, 0];
  for (let i = 0; i < drawn.length; i++) {
    const text = texts[drawn[i]!]!;
    nats += text.nats;
    tokens += text.tokens;
    bytes += text.bytes;
  }
  return { nats, tokens, bytes };
}

const inBitsPerByte = ({ nats, bytes }: TextWeight): number => (bytes ? nats / Math.LN2 / bytes : NaN);

/**
 * Likelihood of texts, pooled over their tokens as all references do: nats per token Σ nats / Σ tokens, bits per token, perplexity, and bits
 * per byte Σ nats / (ln 2 · Σ bytes).
 * @param texts one or more
 */
export function measuredLikelihood(texts: readonly TextWeight[], options?: BootstrapOptions): MeasuredLikelihood {
  const whole = totals(
    texts,
    texts.map((_, i) => i),
  );
  const nll = whole.nats / whole.tokens;
  const found = bootstrap(
    texts.length,
    (drawn) => {
      const sum = totals(texts, drawn);
      return { nll: sum.nats / sum.tokens, bitsPerByte: inBitsPerByte(sum) };
    },
    options,
  );
  const through = (change: (value: number) => number): Interval => {
    const [low, high] = found.nll.interval;
    return [change(low), change(high)];
  };
  return {
    nll,
    bitsPerToken: nll / Math.LN2,
    perplexity: Math.exp(nll),
    bitsPerByte: inBitsPerByte(whole),
    tokens: whole.tokens,
    bytes: whole.bytes,
    error: found.nll.error,
    intervals: {
      nll: found.nll.interval,
      bitsPerToken: through((value) => value / Math.LN2),
      perplexity: through(Math.exp),
      bitsPerByte: found.bitsPerByte.interval,
    },
  };
}
