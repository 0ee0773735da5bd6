import { optionsConformance } from '@idlm/core-diffusion/conformance';
import { optimizers } from './registry';

const names = optimizers.entries().map(([name]) => name);

describe('optimizers by name', () => {
  it.each(names.flatMap((name) => optionsConformance({ registry: optimizers, name, context: undefined })))(
    '$name',
    ({ run }) => run(),
  );

  it.each(names)('%s has the same defaults where it is called directly', (name) => {
    expect(optimizers.get(name).create({}, undefined).spec).toEqual(optimizers.create(name, undefined).spec);
  });
});
