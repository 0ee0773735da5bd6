import { duration, short } from './format';
import { progressLine } from './progress-line';
import type { Terminal } from './terminal';

/** Something that takes a while. */
export interface ProgressOptions {
  /** Such as `teacher`. */
  readonly label: string;
  /** What is counted, such as `updates`; nothing by default. */
  readonly unit?: string;
  readonly total: number;
  /** Counts done before, by a run that is resumed. */
  readonly from?: number;
  /** Seconds between plain lines where no line is redrawn (default 10). */
  readonly every?: number;
}

/** Shows how far something is. */
export interface Progress {
  /** `done` counts are made; `extra` is shown beside them, such as `loss 2.31`. */
  update(done: number, extra?: string): void;
  /** Ends the line with what was reached. */
  end(): void;
}

/** Milliseconds between two drawings of the line. */
const REDRAW = 100;

/** Seconds over which the rate is averaged. */
const RECENT = 5;

/** Counts per second over the recent past; the first span stands only until the next, since it may hold tracing and compiling. */
function recentRate(start: number, from: number) {
  let [time, count, rate, spans] = [start, from, 0, 0];
  return (now: number, done: number): number => {
    const seconds = (now - time) / 1000;
    if (seconds <= 0 || done <= count) return rate;
    const current = (done - count) / seconds;
    const weight = spans++ < 2 ? 1 : 1 - Math.exp(-seconds / RECENT);
    rate = (1 - weight) * rate + weight * current;
    [time, count] = [now, done];
    return rate;
  };
}

/** Progress as one redrawn line with rate and time left on a terminal, else as a plain line now and then. */
export function createProgress(terminal: Terminal, options: ProgressOptions): Progress {
  const { label, unit, total, from = 0, every = 10 } = options;
  const counted = unit ? ` ${unit}` : '';
  const { now, redraws, noteColours } = terminal;
  const start = now();
  const rateAt = recentRate(start, from);
  let shown = redraws ? -Infinity : start;
  let [last, lastExtra] = [from, ''];
  const describe = (done: number, extra: string) => {
    const rate = rateAt(now(), done);
    return {
      count: `${done}/${total}${counted}`,
      details: extra ? extra.split(', ') : [],
      rate: rate ? `${short(rate)}${counted}/s` : '',
      left: rate ? `${duration((total - done) / rate)} left` : '',
    };
  };
  const draw = (done: number, extra: string) => {
    const parts = describe(done, extra);
    if (redraws)
      return terminal.status(
        progressLine({ label, share: done / total, ...parts }, terminal.columns, noteColours.cyan),
      );
    terminal.note(`${label}: ${[parts.count, ...parts.details, parts.rate, parts.left].filter(Boolean).join(', ')}`);
  };
  return {
    update(done, extra = '') {
      [last, lastExtra] = [done, extra];
      if (done >= total && !redraws) return;
      if (now() - shown < (redraws ? REDRAW : every * 1000)) return;
      shown = now();
      draw(done, extra);
    },
    end() {
      terminal.status('');
      const spent = `in ${duration((now() - start) / 1000)}`;
      terminal.note(`${label}: ${last}/${total}${counted} ${lastExtra ? `${spent}, ${lastExtra}` : spent}`);
    },
  };
}
