/** What an installation is doing. */
export interface InstallProgress {
  readonly message: string;
  /** Bytes so far and in all, during a download that can be watched. */
  readonly received?: number;
  readonly total?: number;
}

/** Is told what an installation is doing. */
export type OnProgress = (progress: InstallProgress) => void;

/** Sizes as people read them; the unit is chosen by what is said, so what rounds to 1000 MB is 1.0 GB. */
export function megabytes(bytes: number): string {
  const rounded = Math.round(bytes / 1e6);
  return rounded >= 1000 ? `${(bytes / 1e9).toFixed(1)} GB` : `${rounded} MB`;
}

/** Passes bytes on and reports each further hundredth. */
export async function* watched(
  source: AsyncIterable<Uint8Array>,
  total: number,
  message: string,
  onProgress: OnProgress,
): AsyncGenerator<Uint8Array> {
  let [received, reported] = [0, -1];
  for await (const chunk of source) {
    received += chunk.length;
    const hundredth = total ? Math.floor((100 * received) / total) : 0;
    if (hundredth > reported) onProgress({ message, received, total });
    reported = Math.max(reported, hundredth);
    yield chunk;
  }
}
