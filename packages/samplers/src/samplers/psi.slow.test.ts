import { samplerConformance } from '../conformance/checks';
import { lawAtEnd } from '../conformance/exact-law';
import { tinyFamily, tinyUniformFamily } from '../conformance/tiny-model';
import { KAPPAS, psi } from './psi';

const GRID = [1, 0.7, 0.3, 0.1];

describe.each([tinyFamily(), tinyUniformFamily()])('over $spec.name', (family) => {
  it.each(KAPPAS)('draws from the law of "%s"', async (kappa) => {
    const checks = samplerConformance(() => psi({ kappa, eta: 0.5 }), { families: [family] });
    for (const { run } of checks.filter(({ name }) => /over many steps/.test(name))) await run();
  });

  it('is the ancestral sampler where all is drawn from the posterior, and none else', () => {
    const ancestral = lawAtEnd('ancestral', GRID, family);
    for (const name of KAPPAS) {
      const law = lawAtEnd(psi({ kappa: name, eta: 0.5 }).law!, GRID, family);
      expect(law.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      const distance = law.reduce((sum, p, state) => sum + Math.abs(p - ancestral[state]!), 0);
      if (name === 'pure-posterior') expect(distance).toBeLessThan(1e-12);
      else expect(distance).toBeGreaterThan(1e-3);
    }
  });
});

it('refuses an eta out of range', () => expect(() => psi({ eta: -0.1 })).toThrow('lies in [0, 1]; -0.1'));
