import { mdlm, randomStream } from '@idlm/core-diffusion/sampling';
import { boundOf } from '../worker/writing/bound';

const [VOCABULARY, MASK] = [5, 4];
const family = mdlm({ vocabSize: VOCABULARY, maskId: MASK });
const facts = (rowStart?: number) => ({ vocabSize: VOCABULARY, maskId: MASK, rowStart }) as never;

/** A network whose prediction depends on the tokens that can be seen, and on the place. */
const logitsAt = (row: ArrayLike<number>, position: number): number[] =>
  Array.from({ length: VOCABULARY }, (_, token) =>
    Math.sin(3 * token + 5 * position + Array.from(row).reduce((sum, one, i) => sum + one * (i + 1), 0)),
  );
const network = {
  atOnce: 1,
  denoise: ({ tokens, length, positions }: { tokens: Int32Array; length: number; positions: Int32Array }) =>
    Promise.resolve(
      Float32Array.from(
        [...positions].flatMap((flat) => {
          const row = Math.floor(flat / length);
          return logitsAt(tokens.subarray(row * length, (row + 1) * length), flat % length);
        }),
      ),
    ),
};

function surprise(row: readonly number[], position: number, token: number): number {
  const weights = logitsAt(row, position)
    .slice(0, MASK)
    .map((logit) => Math.exp(logit));
  return -Math.log2(weights[token]! / weights.reduce((a, b) => a + b));
}

const ordersOf = (items: readonly number[]): number[][] =>
  items.length
    ? items.flatMap((one) => ordersOf(items.filter((other) => other !== one)).map((rest) => [one, ...rest]))
    : [[]];

/** The bound by its definition: the chain rule, on average over all orders. */
function byHand(tokens: readonly number[], written: readonly number[]): number {
  const orders = ordersOf(written);
  const total = orders.reduce((sum, order) => {
    const row = tokens.map((token, i) => (written.includes(i) ? MASK : token));
    return order.reduce((bits, position) => {
      const more = surprise(row, position, tokens[position]!);
      row[position] = tokens[position]!;
      return bits + more;
    }, sum);
  }, 0);
  return total / orders.length;
}

it('is the chain rule on average over all orders, of what was written alone', async () => {
  const tokens = [2, 0, 3, 1, 2];
  const text = { tokens: tokens.slice(1), given: [2], pieces: ['a', 'b', 'c', 'd'] };
  const measured = await Promise.all(
    Array.from({ length: 3000 }, (_, i) => boundOf({ facts: facts(2), family, network }, text, randomStream(i))),
  );
  const mean = measured.reduce((sum, one) => sum + one!.bitsPerToken, 0) / measured.length;
  expect(mean).toBeCloseTo(byHand(tokens, [1, 2, 4]) / 3, 1);
});

it('is the entropy of an even guess whatever is drawn, over the tokens that can be seen', async () => {
  const even = {
    ...network,
    denoise: ({ positions }: { positions: Int32Array }) =>
      Promise.resolve(new Float32Array(positions.length * VOCABULARY)),
  };
  const text = { tokens: [0, 1, 2, 3], given: [], pieces: ['a', 'b', ' ', ' '] };
  const found = await boundOf({ facts: facts(), family, network: even }, text);
  expect(found!.bitsPerToken).toBeCloseTo((4 * 2) / 2, 6);
});

it('measures nothing where nothing was written that can be seen', async () => {
  const model = { facts: facts(), family, network };
  expect(await boundOf(model, { tokens: [0, 1], given: [0, 1], pieces: ['a', 'b'] })).toBeUndefined();
  expect(await boundOf(model, { tokens: [0, 1], given: [0], pieces: ['a', ' '] })).toBeUndefined();
});
