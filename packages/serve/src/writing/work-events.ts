import type { RowState } from './write-row';

/** What is told of the work, for metrics. */
export interface WorkEvents {
  onCall?(model: string, rows: number, seconds: number): void;
  onRow?(model: string, row: RowState): void;
}
