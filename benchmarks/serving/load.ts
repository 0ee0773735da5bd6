/** How long texts took, and what went wrong. */
export interface Load {
  readonly clients: number;
  /** Texts that were read to their end, per second. */
  readonly perSecond: number;
  /** Seconds from a request to the end of its answer, of the half that took less and of nineteen in twenty. */
  readonly p50: number;
  readonly p95: number;
  /** Seconds to the first event, of the half that took less. */
  readonly first: number;
  readonly errors: number;
  /** Milliseconds of the server's processor for a text. */
  readonly processor: number;
}

/** Who is asked. */
export interface Asked {
  readonly ask: Ask;
  processorSeconds(): number;
}

/** One request of a client: it resolves when its text is whole, and tells when the first of it came. */
export type Ask = (signal: AbortSignal, onFirst: () => void) => Promise<void>;

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;

/** Reads a stream to its end. @returns its last 200 characters */
export async function readToEnd(response: Response, onFirst: () => void): Promise<string> {
  if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
  const decoder = new TextDecoder();
  let [last, hasBegun] = ['', false];
  for await (const part of response.body) {
    if (!hasBegun) onFirst();
    hasBegun = true;
    last = (last + decoder.decode(part as Uint8Array, { stream: true })).slice(-200);
  }
  return last;
}

/** So many clients that ask again as soon as they were answered, for so many seconds; what is under way at the end is read to its end. */
export async function loadWith({ ask, processorSeconds }: Asked, clients: number, seconds: number): Promise<Load> {
  const before = processorSeconds();
  const [times, firsts]: number[][] = [[], []];
  let errors = 0;
  const began = performance.now();
  const isOver = () => performance.now() - began > 1000 * seconds;
  const { signal } = new AbortController();
  const client = async (): Promise<void> => {
    while (!isOver()) {
      const asked = performance.now();
      try {
        await ask(signal, () => firsts!.push((performance.now() - asked) / 1000));
        times!.push((performance.now() - asked) / 1000);
      } catch {
        errors++;
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const perSecond = times!.length / ((performance.now() - began) / 1000);
  const [sorted, early] = [times!, firsts!].map((values) => [...values].sort((a, b) => a - b));
  return {
    ...{ clients, perSecond, errors, processor: (1000 * (processorSeconds() - before)) / times!.length },
    ...{ p50: quantile(sorted!, 0.5), p95: quantile(sorted!, 0.95), first: quantile(early!, 0.5) },
  };
}
