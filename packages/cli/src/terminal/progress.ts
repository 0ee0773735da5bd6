import { duration, short } from './format';
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

/** Weight of the last span in the running rate. */
const RECENT = 0.3;

const bar = (share: number, width = 20): string => {
  const full = Math.round(Math.min(1, share) * width);
  return '━'.repeat(full) + ' '.repeat(width - full);
};

/** Counts per second over the recent past, so that a slow first step (tracing, compiling) does not stay in it. */
function recentRate(start: number, from: number) {
  let [time, count, rate] = [start, from, 0];
  return (now: number, done: number): number => {
    const seconds = (now - time) / 1000;
    if (seconds <= 0 || done <= count) return rate;
    const current = (done - count) / seconds;
    rate = rate ? (1 - RECENT) * rate + RECENT * current : current;
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
    const left = rate ? `${duration((total - done) / rate)} left` : '';
    return [`${done}/${total}${counted}`, extra, rate ? `${short(rate)}${counted}/s` : '', left]
      .filter(Boolean)
      .join(', ');
  };
  return {
    update(done, extra = '') {
      [last, lastExtra] = [done, extra];
      if (done >= total && !redraws) return;
      if (now() - shown < (redraws ? REDRAW : every * 1000)) return;
      shown = now();
      const text = describe(done, extra);
      if (redraws) terminal.status(`${label} ${noteColours.cyan(bar(done / total))} ${text}`);
      else terminal.note(`${label}: ${text}`);
    },
    end() {
      terminal.status('');
      const spent = `in ${duration((now() - start) / 1000)}`;
      terminal.note(`${label}: ${last}/${total}${counted} ${lastExtra ? `${spent}, ${lastExtra}` : spent}`);
    },
  };
}
