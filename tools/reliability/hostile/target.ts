import type { RandomStream } from '@idlm/core-diffusion';

/** A reader that is given files that nobody should have to trust. */
export interface Target {
  /** For `--only`. */
  readonly name: string;
  /** What is mutated, for the table. */
  readonly what: string;
  /** Valid files that mutations begin with. */
  files(): Promise<readonly Uint8Array[]>;
  /**
   * Reads a file to its end, as the commands do.
   * @param folder an empty one, for readers of paths
   * @param random for what else may be drawn, such as how a request is sent
   */
  read(bytes: Buffer, folder: string, random: RandomStream): Promise<unknown>;
}
