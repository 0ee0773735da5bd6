import { families } from '@idlm/core-diffusion';
import { readConfigFields } from '../../hub/config-file';
import { publishedConfig } from './other-configs';

const sizes = { hidden_size: 16, cond_dim: 8, length: 32, n_blocks: 1, n_heads: 2 };
const network = { hidden: 16, blocks: 1, heads: 2, cond: 8, length: 32, timeConditioned: true };
const sedd = (change: object = {}) => ({
  tokens: 257,
  graph: { type: 'absorb' },
  noise: { type: 'loglinear', sigma_min: 1e-4, sigma_max: 20 },
  model: { ...sizes, type: 'ddit', scale_by_sigma: true },
  ...change,
});

/** All that is read of a configuration. */
function read(value: unknown) {
  const { network, family, ...told } = readConfigFields(value, 'config.json');
  return { ...told, config: network.config, family: family! };
}

describe("SEDD's nested configuration", () => {
  it('is an absorbing model with one entry more than tokens', () => {
    const { config, family, assumed } = read(sedd());
    expect(config).toEqual({ ...network, vocabSize: 258 });
    expect(assumed).toEqual([]);
    expect(family).toEqual({
      name: 'sedd',
      options: { process: 'absorbing', schedule: { name: 'log-linear', options: { eps: 1e-3 } }, scaleBySigma: true },
    });
    expect(families.create(family, { vocabSize: 258, maskId: 257 }).spec).toEqual(family);
  });

  it('is a uniform model with geometric noise', () => {
    const uniform = sedd({
      graph: { type: 'uniform' },
      noise: { type: 'geometric', sigma_min: 1e-4, sigma_max: 20 },
      model: { ...sizes, scale_by_sigma: false },
    });
    const { config, family } = read(uniform);
    expect(config.vocabSize).toBe(257);
    const made = families.create(family, { vocabSize: 257 });
    expect(made.process.kind).toBe('uniform');
    // 1e-4^(1/2) 20^(1/2)
    expect(made.schedule.sigma(0.5)).toBeCloseTo(0.0447213595, 9);
  });

  it('is told where it leaves something out', () => {
    const { assumed } = read({ tokens: 257, graph: { type: 'absorb' }, model: sizes });
    expect(assumed).toEqual([
      'config.json names no noise; log-linear noise is assumed.',
      expect.stringContaining('does not say scale_by_sigma; true is assumed'),
    ]);
  });

  it.each([
    [{ graph: { type: 'roulette' } }, 'the graph roulette'],
    [{ noise: { type: 'cosine' } }, 'the noise cosine'],
    [{ model: { ...sizes, type: 'unet' } }, 'a model of type unet'],
    [{ graph: { type: 'uniform' } }, 'a uniform graph with scale_by_sigma'],
  ])('is refused with %j', (change, message) => {
    expect(() => read(sedd(change))).toThrow(`config.json has ${message}, which this program's network does not do`);
  });

  it('is refused without sizes', () => {
    expect(() => read(sedd({ tokens: undefined }))).toThrow('lacks the number vocab_size');
  });
});

describe("BD3LM's configuration", () => {
  const flat = { hidden_dim: 16, cond_dim: 8, n_blocks: 1, n_heads: 2, vocab_size: 258, time_conditioning: false };
  const bd3lm = { model_type: 'bd3lm', ...flat, model_length: 32, block_size: 32, adaln: true };

  it('is that of a masked model where one block is a whole sequence', () => {
    const { modelType, config, assumed } = read(bd3lm);
    expect([modelType, assumed]).toEqual(['mdlm', []]);
    expect(config).toEqual({ ...network, vocabSize: 258, timeConditioned: false });
  });

  it.each([
    [{ block_size: 4 }, 'blocks of 4 tokens (block_size)'],
    [{ adaln: false }, 'no adaLN'],
  ])('is refused with %j', (change, message) => {
    expect(() => publishedConfig({ ...bd3lm, ...change }, 'config.json')).toThrow(`config.json has ${message}`);
  });
});

it('refuses a configuration that names no type, or is no object', () => {
  expect(() => read({ hidden_dim: 3 })).toThrow('config.json names no model_type; this reads mdlm, duo');
  expect(() => read([1])).toThrow('config.json holds no JSON object');
});
