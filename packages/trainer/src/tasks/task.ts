import type { NetworkState } from '../network-state';

/** Numbers of one update to log, such as `teacher/loss`. */
export type Metrics = Readonly<Record<string, number>>;

/** Something to train: a step at a time, each a pure function of the networks, the seed and the update's number. */
export interface Task {
  /** What it trains, for files and messages, such as `teacher`. */
  readonly name: string;
  /** The networks under training, by role. */
  networks(): Readonly<Record<string, NetworkState>>;
  /** Puts restored networks in place; the old ones are freed. */
  restore(networks: Readonly<Record<string, NetworkState>>): void;
  /** Makes update k = 0, 1, … @throws NonFiniteStep before anything is changed */
  update(k: number): Promise<Metrics>;
  /** Role whose average is the result. */
  readonly result: string;
  /** Tokens that one update reads. */
  readonly tokensPerUpdate: number;
  dispose(): void;
}
