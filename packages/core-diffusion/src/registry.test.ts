import { createRegistry } from './registry';

describe('createRegistry', () => {
  const shapes = createRegistry<string>('shape');
  shapes.register('circle', { description: 'round', create: () => 'O' });

  it('creates by name and by spec', () => {
    expect(shapes.create('circle')).toBe('O');
    expect(shapes.create({ name: 'circle' })).toBe('O');
  });

  it('names the nearest choice for a mistyped name', () => {
    expect(() => shapes.create('cirle')).toThrow('There is no shape named "cirle"; did you mean "circle"?');
  });

  it('refuses a name that is taken', () => {
    expect(() => shapes.register('circle', { description: '', create: () => '' })).toThrow('registered already');
  });
});
