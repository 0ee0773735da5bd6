import type { Json } from '@idlm/core-diffusion';
import type { ReportData } from '../data';
import type { Line } from '../lines';
import type { Curve } from '../quality';

/** What idlm knows a run as: what its command writes. */
type RunKind = 'evaluation' | 'comparison' | 'training run';

/** A finished piece of work that a report shows beside others. */
export interface ReportedRun {
  /** The end of its path, as long as it takes to tell it from the others. */
  readonly name: string;
  readonly path: string;
  readonly kind: RunKind;
  /** What was done, on what, in a line. */
  readonly about: string;
  /** What its numbers follow from: settings, models and text by hash, what computed. */
  readonly settings: Json;
  /** Its models at each number of steps. */
  readonly lines: readonly Line[];
  /** Real text judged as samples are. */
  readonly real: readonly Line[];
  /** Its models at one temperature, each over its steps. */
  readonly curves: readonly Curve[];
  readonly losses: ReportData['losses'];
  readonly films: ReportData['films'];
  /** What readers must know, in sentences. */
  readonly notes: readonly string[];
}
