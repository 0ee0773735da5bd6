/** What a line of progress says. */
export interface ProgressParts {
  readonly label: string;
  /** Share done, from 0 to 1. */
  readonly share: number;
  /** Such as `40/150`. */
  readonly count: string;
  /** Numbers beside it, the most telling first. */
  readonly details: readonly string[];
  /** Such as `6.27/s`; may be empty. */
  readonly rate: string;
  /** Such as `17 s left`; may be empty. */
  readonly left: string;
}

const WIDEST_BAR = 20;
const NARROWEST_BAR = 4;

const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, share) * width);
  return '━'.repeat(full) + ' '.repeat(width - full);
};

/** All that is said, then less and less of it; count and time left are said always. */
function* bodies({ count, details, rate, left }: ProgressParts): Generator<string> {
  const join = (...parts: string[]) => parts.filter(Boolean).join(', ');
  yield join(count, ...details, rate, left);
  for (let shown = details.length; shown >= 0; shown--) yield join(count, ...details.slice(0, shown), left);
}

/**
 * A line of progress shorter than a width, so that it never wraps. What does not fit goes in this order: the bar, the rate,
 * the details from the last, the label.
 * @param colour of the bar
 */
export function progressLine(parts: ProgressParts, width: number, colour: (text: string) => string): string {
  const { label, share } = parts;
  let body = '';
  for (body of bodies(parts)) {
    const room = width - 1 - `${label} ${body}`.length;
    if (room > NARROWEST_BAR) return `${label} ${colour(bar(share, Math.min(WIDEST_BAR, room - 1)))} ${body}`;
    if (room >= 0) return `${label} ${body}`;
  }
  const room = width - 2 - body.length;
  return room > 1 ? `${label.slice(0, room - 1)}… ${body}` : body;
}
