import { logLinear } from '@idlm/core-diffusion';
import { golden, goldenNames } from '@idlm/tools/golden';
import { expectLaws, paramsOf, replay } from '../../test/golden-replay';
import { type KappaName, kappaOf, psi } from './psi';

describe.each(['samplers/duo_psi', 'samplers/mdlm_psi'].flatMap(goldenNames))('%s', (name) => {
  it('gives the reference law and, from its uniforms, the reference tokens', async () => {
    const data = golden(name);
    const { environment, state, drawn } = replay(data);
    const { t, s } = paramsOf(data);
    const { kappa } = data.params as unknown as { kappa: number };
    const next = await psi({ kappa: 'constant', eta: kappa }).step(state, t, s!, environment);
    expectLaws(data, drawn, data.tolerance['rtol_f64']!);
    expect(next.tokens).toEqual(data.ints('x_next'));
  });
});

describe.each(goldenNames('samplers/psi_kappas'))('%s', (name) => {
  it('gives the reference shares of the posterior', () => {
    const data = golden(name);
    const { mode, eps } = data.params as unknown as { mode: string; eps: number };
    const [, kappa, eta = '0'] = /^([a-z-]+?)(?:-([\d.]+))?$/.exec(mode)!;
    const { alpha } = logLinear({ eps });
    const times = data.numbers('timesteps');
    // The references add an entry for the step that removes the remaining noise.
    const kappas = Array.from(times.subarray(1), (to, i) =>
      kappaOf(kappa as KappaName, Number(eta), alpha(times[i]!), alpha(to)),
    );
    expect(kappas).toBeCloseToArray(data.numbers('kappas').subarray(0, kappas.length), { rtol: 1e-9 });
  });
});
