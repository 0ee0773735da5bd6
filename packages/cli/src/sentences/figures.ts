/** A share with its sign, such as `−1.3 %`. */
export const signedPercent = (share: number): string =>
  `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)} %`;

/** A number as tables show it: three digits or so. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
      ? value.toFixed(1)
      : value.toFixed(Math.abs(value) >= 1 ? 2 : 3);
};

/** Half of an interval in two digits or so, such as `±1.6` and `±120`. */
export const halfWidth = ([low, high]: readonly [low: number, high: number]): string => {
  const half = (high - low) / 2;
  return Number.isFinite(half) ? ` ±${half < 99.5 ? half.toPrecision(2) : half.toFixed(0)}` : '';
};
