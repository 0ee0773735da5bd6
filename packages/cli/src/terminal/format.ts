const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** A span of time in its two largest units, such as `3 min 5 s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  // What rounds to ten is said without a fraction, as ten is.
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || parts.length) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.filter((part) => !part.startsWith('0 ')).join(' ');
}

/** A number in three digits and a unit of a thousand's power, such as `346 k`. */
export function short(value: number): string {
  const powers = ['', ' k', ' M', ' G', ' T'];
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 999.5 && power < powers.length - 1) {
    scaled /= 1000;
    power++;
  }
  return `${Number(scaled.toPrecision(3))}${powers[power]}`;
}

/** A size, such as `346 MB`. */
export const bytes = (value: number): string => `${short(value).replace(/^[\d.-]+$/, '$& ')}B`;

/** Columns of a terminal that is not widened. */
const COLUMNS = 80;

/** A text in lines of at most 80 columns, broken at spaces; those after the first begin two columns further. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length ? `${indent}  ${word}` : `${indent}${word}`);
  }
  return lines.join('\n');
}
