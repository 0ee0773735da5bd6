import { type GoldenCase, golden, goldenNames } from '@idlm/tools/golden';
import { expectLaws, paramsOf, replay } from '../../../test/golden-replay';
import { type RemdmOptions, remdm } from './remdm';
import type { RemaskingStrategy } from './strategies';

interface Params {
  readonly sampler?: string;
  readonly eta?: number;
  readonly t_on?: number;
  readonly t_off?: number;
  readonly alpha_on?: number;
  /** Discrete flow matching decides itself where its step ends. */
  readonly dfm?: boolean;
  readonly next_timestep?: number;
}
const remaskingOf = (data: GoldenCase) => data.params as unknown as Params;

const STRATEGIES: Readonly<Record<string, RemaskingStrategy>> = {
  'remdm-cap': 'cap',
  'remdm-rescale': 'rescale',
  'remdm-conf': 'confidence',
  'remdm-loop': 'loop',
  'forward-backward': 'forward-backward',
};

function optionsOf(data: GoldenCase): RemdmOptions {
  const { sampler, dfm, eta, t_on: on, t_off: off, alpha_on: alphaOn } = remaskingOf(data);
  return { strategy: dfm ? 'flow-matching' : STRATEGIES[sampler!], eta, on, off, alphaOn };
}

/** −1e30 stands for −∞. */
const confidences = (data: GoldenCase, tensor: string) =>
  data.numbers(tensor).map((value) => (value < -1e29 ? -Infinity : value));

const steps = ['cap', 'rescale', 'conf', 'loop', 'forward', 'dfm'].flatMap((name) =>
  goldenNames(`samplers/remdm_${name}`),
);

describe.each(steps)('%s', (name) => {
  it('gives the reference law and, from its uniforms, the reference tokens', async () => {
    const data = golden(name);
    const { environment, state, drawn } = replay(data);
    const { t, s } = paramsOf(data);
    const hasConfidence = data.names.includes('conf_in');
    const begun = hasConfidence ? { ...state, confidence: confidences(data, 'conf_in') } : state;
    const to = remaskingOf(data).next_timestep ?? s!;
    const next = await remdm(optionsOf(data)).step(begun, t, to, environment);
    expectLaws(data, drawn, data.tolerance['rtol_f64']!);
    expect(next.tokens).toEqual(data.ints('x_next'));
    if (!hasConfidence) return;
    const expected = confidences(data, 'conf_out');
    expect(next.confidence!.map(Math.exp)).toBeCloseToArray(expected.map(Math.exp), { atol: 1e-9 });
  });
});
