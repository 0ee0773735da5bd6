import { type RandomStream, randomStream } from '@idlm/core-diffusion/sampling';
import type { MeasuredText, Measure } from '../messages';
import type { OpenModel } from '../network/open-model';

/** Positions in an order that is drawn evenly among all. */
function shuffled(positions: readonly number[], random: RandomStream): number[] {
  const order = [...positions];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** The written positions masked in part: row k − 1 has k of them masked, drawn anew for each. */
function maskedRows(row: Int32Array, written: readonly number[], maskId: number, random: RandomStream) {
  const [length, tokens] = [row.length, new Int32Array(written.length * row.length)];
  const positions = written.flatMap((_, k) => {
    tokens.set(row, k * length);
    const masked = shuffled(written, random.split(k)).slice(0, k + 1);
    for (const position of masked) tokens[k * length + position] = maskId;
    return masked.map((position) => k * length + position).sort((a, b) => a - b);
  });
  return { tokens, positions: Int32Array.from(positions) };
}

/**
 * How surprised a masked model is at most by what was written, given the rest: its bound on −log₂ p, over the tokens that can be
 * seen. The tokens are revealed one by one in an order that is drawn evenly, so that with k of M masked each of them costs
 * −log p(x_i | rest) / k on average; the masked positions are drawn once for each k.
 * Source: Hoogeboom et al. (2022), "Autoregressive Diffusion Models", eq. 4; Ou et al. (2025), "Your Absorbing Discrete Diffusion
 * Secretly Models the Conditional Distributions of Clean Data", for masked diffusion.
 * @param random what draws them; the same for every text where nothing is given
 * @returns undefined where nothing was written that can be seen
 */
export async function boundOf(
  { facts, family, network }: Pick<OpenModel, 'facts' | 'family' | 'network'>,
  text: MeasuredText,
  random: RandomStream = randomStream(0),
): Promise<Measure | undefined> {
  const { vocabSize, maskId, rowStart } = facts;
  const row = Int32Array.from(rowStart === undefined ? text.tokens : [rowStart, ...text.tokens]);
  const skipped = row.length - text.tokens.length;
  const given = new Set(text.given);
  const own = [...text.tokens.keys()].filter((i) => !given.has(i));
  const visible = own.filter((i) => text.pieces[i]?.trim()).length;
  if (!visible) return undefined;
  const { tokens, positions } = maskedRows(
    row,
    own.map((i) => i + skipped),
    maskId,
    random,
  );
  const logits = await network.denoise({ tokens, length: row.length, t: 1, positions });
  let nats = 0;
  for (const [n, position] of positions.entries()) {
    const logProbs = Float64Array.from(logits.subarray(n * vocabSize, (n + 1) * vocabSize));
    family.slotToLogProbs(logProbs, maskId, 1);
    nats -= logProbs[row[position % row.length]!]! / (Math.floor(position / row.length) + 1);
  }
  return { bitsPerToken: nats / Math.LN2 / visible };
}
