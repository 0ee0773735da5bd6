import { samplerConformance } from '../../conformance/checks';
import { lawAtEnd } from '../../conformance/exact-law';
import { type RowLaw, independently } from '../../conformance/row-law';
import { MASK, tinyFamily } from '../../conformance/tiny-model';
import { remdm } from './remdm';
import { STRATEGIES } from './strategies';

/** The checks of a sampler's law alone; `samplers` runs the whole suite on the default strategy. */
const lawChecks = (...[make, options]: Parameters<typeof samplerConformance>) =>
  samplerConformance(make, options).filter(({ name }) => /law that it declares/.test(name));

/** Remasking by confidence, told anew: row by row, with the confidences carried as text would carry them. */
const byConfidence: RowLaw = {
  outcomes({ tokens, carried = tokens.map(() => -Infinity) }, network, { from, to }, { schedule }) {
    const [alphaT, alphaS] = [schedule.alpha(from), schedule.alpha(to)];
    const total = carried.reduce((sum, value) => sum + Math.exp(value), 0);
    const laws = tokens.map((token, position) => {
      if (token !== MASK) {
        const share = total > 0 ? Math.exp(carried[position]!) / total : 0;
        const remasked = share * Math.min(1, (1 - alphaS) / alphaT);
        return [0, 1, 2].map((v) => (v === token ? 1 - remasked : v === MASK ? remasked : 0));
      }
      const unmasked = (alphaS - alphaT) / (1 - alphaT);
      const clean = network(tokens, position, from);
      return [0, 1, 2].map((v) => (v === MASK ? 1 - unmasked : unmasked * clean[v]!));
    });
    return independently(laws).map((next) => ({
      ...next,
      carried: next.tokens.map((token, position) => {
        if (token === MASK) return -Infinity;
        return tokens[position] === MASK ? -network(tokens, position, from)[token]! : carried[position]!;
      }),
    }));
  },
};

describe('the law of remasking', () => {
  it.each(STRATEGIES.filter((name) => name !== 'confidence'))('is that of the strategy "%s"', async (strategy) => {
    // So often that the law differs from the ancestral one; a loop that the grids of the checks step into.
    const make = () => remdm({ strategy, eta: 0.5, on: 0.75, off: 0.1, alphaOn: 0.6 });
    for (const { run } of lawChecks(make)) await run();
    expect(lawAtEnd(make().law!, [1, 0.7, 0.3, 0.15], tinyFamily())).not.toBeCloseToArray(
      lawAtEnd('ancestral', [1, 0.7, 0.3, 0.15], tinyFamily()),
      { atol: 1e-3 },
    );
  });

  it('is that of confidences, where they share the chance', async () => {
    for (const { run } of lawChecks(() => remdm({ strategy: 'confidence' }), { law: byConfidence })) await run();
  });
});
