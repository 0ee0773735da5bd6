import type { PerplexityRatio } from '@idlm/evaluation';
import { gridVerdicts, isWorthSaving } from './search-grid';

const verdict = (ratio: PerplexityRatio, entropy: number) => {
  const confirmed = { best: { entropy }, uniform: { entropy: 2 } };
  return gridVerdicts({ ratios: { judge: ratio }, confirmed }, 0.03)[0];
};

it.each([
  [{ ratio: 0.9, interval: [0.85, 0.95] } as const, 1.98, /0\.900 \(95 %: 0\.850 – 0\.950\) .* at entropy −1\.0 %\.$/],
  [{ ratio: 0.9, interval: [0.8, 1.05] } as const, 1.98, /: no more than chance may make\.$/],
  [
    { ratio: 0.9, interval: [0.85, 0.95] } as const,
    1.9,
    /−5\.0 %, which is no longer equal with other noise: search with more/,
  ],
  [{ ratio: 0.9 } as const, 2, /0\.900 of the uniform grid's, at entropy .*0\.0 %\.$/],
])('tells what %j at entropy %d against 2 shows', (ratio, entropy, words) =>
  expect(verdict(ratio, entropy)).toMatch(words),
);

it.each([
  [[0.9, 0.99], 2.05, true],
  [[0.9, 1], 2, false],
  [[0.9], 1.9, false],
])('saves a grid of the ratios %j at entropy %d against 2: %s', (ratios, entropy, isSaved) => {
  const judged = Object.fromEntries(ratios.map((ratio, i) => [`judge ${i}`, { ratio }]));
  const confirmed = { best: { entropy }, uniform: { entropy: 2 } };
  expect(isWorthSaving({ ratios: judged, confirmed }, 0.03)).toBe(isSaved);
});
