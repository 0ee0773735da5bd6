import { createRegistry } from './registry';
import type { Spec } from './spec';

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

describe('a registry that asks for members', () => {
  interface Shape {
    readonly spec: Spec;
    area(): number;
  }
  const shapes = createRegistry<Shape | Promise<Shape>>('shape', {}, { spec: 'object', area: 'function' });
  const add = (name: string, made: unknown) =>
    shapes.register(name, { description: 'round', create: () => made as Shape });
  const circle = { spec: { name: 'circle' }, area: () => Math.PI };

  it('gives what has them, at once or later', async () => {
    add('circle', circle);
    expect(shapes.create('circle')).toBe(circle);
    add('slow', Promise.resolve({ ...circle, spec: { name: 'slow' } }));
    expect(((await shapes.create('slow')) as Shape).area()).toBe(Math.PI);
  });

  it.each([
    ['a value without one', { spec: { name: 'a value without one' } }, 'lacks area, which must be a function.'],
    ['null', { ...circle, spec: null }, 'The shape "null" lacks spec, which must be an object.'],
    ['nothing', undefined, 'The shape "nothing" is undefined; it must be an object with spec, area.'],
    ['bare', () => Math.PI, 'The shape "bare" is a function; it must be an object with spec, area.'],
    [
      'disc',
      circle,
      'has a spec of the name "circle", by which files would name it; give it spec: { name: "disc", options }.',
    ],
  ])('refuses %s', (name, made, message) => {
    add(name, made);
    expect(() => shapes.create(name)).toThrow(message);
  });

  it('refuses them of a promise too', async () => {
    add('late', Promise.resolve({}));
    await expect(shapes.create('late')).rejects.toThrow('The shape "late" lacks spec');
  });

  it.each([
    [
      () => circle,
      'What is registered as the shape "wrong" is a function; it must be an object with description, create.',
    ],
    [{ create: () => circle }, 'lacks description, which must be a string.'],
    [{ description: 'round' }, 'lacks create, which must be a function.'],
  ])('refuses an entry that is none: %#', (entry, message) => {
    expect(() => shapes.register('wrong', entry as never)).toThrow(message);
  });
});
