import type { Spec } from './spec';
import { createRegistry } from './registry';

interface Wave {
  readonly spec: Spec;
  readonly height: number;
}

const waves = createRegistry<Wave, { readonly depth: number }>('sea wave', (define) => ({
  swell: define({
    description: 'long',
    options: {
      height: { kind: 'number', default: 2, minimum: 0, exclusiveMaximum: 30 },
      crests: { kind: 'number', whole: true, minimum: 1 },
      shape: { kind: ['round', 'sharp'], default: 'round' },
      wind: 'spec',
    },
    create({ height, ...rest }, { depth }) {
      // Typed by the declaration: a number, not a number or undefined.
      return { spec: { name: 'swell', options: { height, ...rest } }, height: Math.min(height, depth) };
    },
  }),
}));

const make = (options: Spec['options']) => waves.create({ name: 'swell', options }, { depth: 9 });

describe('an entry that declares its options', () => {
  it('is given them with their defaults', () => {
    expect(make({}).spec.options).toEqual({ height: 2, shape: 'round' });
    expect(waves.create('swell', { depth: 1 }).height).toBe(1);
    expect(make({ height: 5, wind: 'north' }).spec.options).toEqual({ height: 5, shape: 'round', wind: 'north' });
  });

  it.each<[Spec['options'], string]>([
    [{ hight: 3 }, 'the swell wave has no option "hight"; did you mean "height"?'],
    [{ toString: 3 }, 'the swell wave has no option "toString"'],
    [{ height: 'tall' }, 'Option "height" of the swell wave must be a number; "tall" was given.'],
    [{ shape: 'flat' }, 'Option "shape" of the swell wave must be one of round, sharp; "flat" was given.'],
    [{ wind: 3 }, 'Option "wind" of the swell wave must be a name or { name, options }; 3 was given.'],
    [{ height: 30 }, 'Option "height" of the swell wave must lie in [0, 30); 30 was given.'],
    [{ height: -1 }, 'must lie in [0, 30); -1 was given.'],
    [{ crests: 1.5 }, 'Option "crests" of the swell wave must be a whole number in [1, ∞); 1.5 was given.'],
  ])('refuses %j', (options, sentence) => expect(() => make(options)).toThrow(sentence));

  it('is completed and checked without being made', () => {
    expect(waves.withDefaults('swell')).toEqual({ name: 'swell', options: { height: 2, shape: 'round' } });
    expect(() => waves.withDefaults({ name: 'swell', options: { hight: 1 } })).toThrow('did you mean "height"?');
    expect(() => waves.withDefaults('swel')).toThrow('did you mean "swell"?');
  });

  it('says itself what is wrong with a number, where it does', () => {
    waves.register('ripple', {
      description: 'short',
      options: { height: { kind: 'number', default: 0, maximum: 0.1 } },
      create({ height }) {
        if (height > 0.1) throw new Error(`A ripple of ${height} m is a wave.`);
        return { spec: { name: 'ripple' }, height };
      },
    });
    expect(() => waves.create({ name: 'ripple', options: { height: 1 } }, { depth: 9 })).toThrow('1 m is a wave');
  });

  it('finds nothing by a name that it does not declare, which does not compile', () => {
    waves.register('rogue', {
      description: 'high',
      options: { height: 'number' },
      // @ts-expect-error: "crest" is no option of it
      create: ({ crest }) => ({ spec: { name: 'rogue' }, height: Number(crest ?? 25) }),
    });
    expect(waves.create('rogue', { depth: 99 }).height).toBe(25);
    expect(() => waves.create({ name: 'rogue', options: { crest: 3 } }, { depth: 9 })).toThrow(
      'the rogue wave has no option "crest"; it has height.',
    );
  });

  it.each([
    [{ height: 'numbr' }, 'kind "numbr"; it must be one of number,'],
    [{ height: { default: 3 } }, 'kind undefined; it must be one of'],
    [{ height: null }, 'kind undefined; it must be one of'],
    [{ height: { kind: 'number', default: 'x' } }, 'default "x", which it could not be set to.'],
    [{ height: { kind: 'number', default: 3, maximum: 2 } }, 'default 3, which it could not be set to.'],
    [{ shape: { kind: ['a'], default: 'b' } }, 'default "b", which it could not be set to.'],
  ])('is refused when it declares %j', (options, sentence) => {
    const wrong = { description: 'none', options, create: () => ({ spec: { name: 'wrong' }, height: 0 }) };
    expect(() => waves.register('wrong', wrong as never)).toThrow(
      `What is registered as the sea wave "wrong" declares its option "${Object.keys(options)[0]}" with the ${sentence}`,
    );
  });
});

it('an entry that declares none is given what stands there', () => {
  const entry = {
    description: 'any',
    create: (options: Spec['options']) => ({ spec: { name: 'any', options }, height: 0 }),
  };
  waves.register('any', entry);
  expect(waves.create({ name: 'any', options: { deep: [1] } }, { depth: 9 }).spec.options).toEqual({ deep: [1] });
});

it('what is made in some time is checked as well', async () => {
  const slow = createRegistry<Promise<Wave>>('wave', (define) => ({
    slow: define({
      description: 'later',
      options: { height: { kind: 'number', default: 1, maximum: 2 } },
      create: async ({ height }) => ({ spec: { name: 'slow' }, height }),
    }),
  }));
  expect((await slow.create('slow')).height).toBe(1);
  await expect(slow.create({ name: 'slow', options: { height: 3 } })).rejects.toThrow('must lie in (-∞, 2]');
});
