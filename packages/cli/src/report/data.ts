import type { FrameFilm } from '@idlm/recipe/sampling';
import type { Match, ResultManifest, SweepCell } from '@idlm/evaluation';

/** Losses at updates. */
export type LossCurve = readonly (readonly [update: number, loss: number])[];

/** What one of the models that come with the package wrote of a prompt. */
export interface PairTexts {
  readonly model: 'teacher' | 'student';
  readonly steps: number;
  readonly texts: readonly string[];
}

/** What the two models that come with the package wrote. */
export interface PairShown {
  /** The beginning of all texts. */
  readonly prompt: string;
  readonly shown: readonly PairTexts[];
}

/** Everything a report shows. */
export interface ReportData {
  readonly title: string;
  /** A sentence on what was run: text, engine, seed, time. */
  readonly subtitle: string;
  readonly rows: readonly SweepCell[];
  /** The comparison that heads the report, where teacher and student were both swept. */
  readonly match?: Match;
  /** Largest relative difference of entropy that counts as equal. */
  readonly tolerance: number;
  /** Losses by role, such as `teacher/loss`, over updates. */
  readonly losses: Readonly<Record<string, LossCurve>>;
  readonly films: readonly FrameFilm[];
  /** In the quickstart's report: what larger models write. */
  readonly pair?: PairShown;
  /** How far the student may drift, in multiples of its teacher's drift or chance's. */
  readonly driftFactor: number;
  /** Sentences on what the numbers mean. */
  readonly notes?: readonly string[];
  /** Models, text, settings, hashes, versions: what reproducing needs. */
  readonly manifest: Partial<Omit<ResultManifest, 'rows'>>;
}
