import { relaxations } from '@idlm/idlm-loss';
import { namedChoices } from '@idlm/recipe/config';
import { ancestral, samplers } from '@idlm/samplers';
import { idlm } from '../../test/command-line';

samplers.register('own', {
  description: 'a sampler of mine',
  options: { heat: { kind: 'number', default: 0.5, minimum: 0, exclusiveMaximum: 2, meaning: 'how hot' } },
  create: (options) => ({ ...ancestral(), spec: { name: 'own', options } }),
});
relaxations.register('bare', { description: 'declares none', create: () => relaxations.create('simplex') });

describe('idlm options', () => {
  it('lists every choice with its options, one that was registered among them', async () => {
    const { code, out } = await idlm('options');
    expect(code).toBe(0);
    for (const { kind, choices } of namedChoices()) {
      const part = out.split('\n\n').find((one) => one.toLowerCase().startsWith(`${kind}:`));
      for (const { name, description, options = {} } of choices) {
        expect(part).toContain(`\n  ${name}: ${description}`);
        for (const option of Object.keys(options)) expect(part).toMatch(new RegExp(`\n    ${option} +\\S`));
      }
    }
    expect(out).toMatch(/own: a sampler of mine\n {4}heat {2}a number in \[0, 2\) \(default 0\.5\): how hot\n/);
    expect(out).toContain('gpt2: a GPT-2, which reads the text\n    model  a text: its folder');
  });

  it('lists what is asked for, by name or by kind', async () => {
    const { out } = await idlm('options', 'psi', 'operators');
    expect(out).toMatch(/^Operators:\n {2}quadrature: computed[^]*\n\nSamplers:\n {2}psi: predictor-corrector/);
    expect(out).not.toContain('maskgit');
    expect((await idlm('options', 'sampler')).out).toBe((await idlm('options', 'samplers')).out);
  });

  it('tells programs the declarations', async () => {
    const [samplersOf] = JSON.parse((await idlm('options', 'own', '--json')).out) as unknown[];
    expect(samplersOf).toMatchObject({
      kind: 'samplers',
      choices: [{ name: 'own', options: { heat: { kind: 'number', default: 0.5, exclusiveMaximum: 2 } } }],
    });
  });

  it('knows the nearest name', async () => {
    const { code, err } = await idlm('options', 'remd');
    expect([code, err]).toEqual([2, expect.stringContaining('named "remd"; did you mean "remdm"?')]);
  });
});
