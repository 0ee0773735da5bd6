/** What an all-reduce takes between ranks. */
export interface Network {
  /** Seconds of one message. */
  readonly latency: number;
  /** Bytes a second that a rank sends while it receives as many. */
  readonly bandwidth: number;
}

/** One measured all-reduce. */
export interface MeasuredSum {
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Messages and bytes of an all-reduce of b bytes over N ranks on its longest way: it halves and doubles what is exchanged in log₂ N
 * steps each, 2 ⌈log₂ N⌉ messages and 2 (N − 1)/N · b bytes.
 * Source: Thakur, Rabenseifner & Gropp, "Optimization of Collective Communication Operations in MPICH", 2005, section 4.4.
 */
const costs = (ranks: number, bytes: number): readonly [messages: number, bytes: number] => [
  2 * Math.ceil(Math.log2(ranks)),
  (2 * (ranks - 1) * bytes) / ranks,
];

/** Seconds of `calls` all-reduces of so many bytes together. */
export function sumSeconds({ latency, bandwidth }: Network, ranks: number, bytes: number, calls = 1): number {
  if (ranks === 1) return 0;
  const [messages, moved] = costs(ranks, bytes);
  return calls * messages * latency + moved / bandwidth;
}

/** Latency and bandwidth that measured all-reduces of some ranks fit best: least squares of relative errors. */
export function fitNetwork(ranks: number, measured: readonly MeasuredSum[]): Network {
  // t = latency · m + moved / bandwidth; divided by t it is 1 = x · latency + y / bandwidth.
  let [xx, xy, yy, x1, y1] = [0, 0, 0, 0, 0];
  for (const { bytes, seconds } of measured) {
    const [x, y] = costs(ranks, bytes).map((cost) => cost / seconds) as [number, number];
    [xx, xy, yy, x1, y1] = [xx + x * x, xy + x * y, yy + y * y, x1 + x, y1 + y];
  }
  const determinant = xx * yy - xy * xy;
  return { latency: (x1 * yy - y1 * xy) / determinant, bandwidth: determinant / (xx * y1 - xy * x1) };
}

/** What a step of one rank takes by itself, and adds over all. */
export interface Step {
  readonly seconds: number;
  readonly bytes: number;
  readonly calls: number;
}

/**
 * Share of N times one rank's rate that N ranks have, each with cores of its own and a batch like that of the one: nothing is added
 * while ranks compute, and none waits for a slower one.
 */
export const efficiency = ({ seconds, bytes, calls }: Step, network: Network, ranks: number): number =>
  seconds / (seconds + sumSeconds(network, ranks, bytes, calls));
