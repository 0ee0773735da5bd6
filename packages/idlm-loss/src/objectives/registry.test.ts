import { type Spec, mdlm } from '@idlm/core-diffusion';
import { optionsConformance } from '@idlm/core-diffusion/conformance';
import { dit } from '@idlm/denoiser';
import { relaxations } from '../relaxations/registry';
import { objectives } from './registry';

const family = mdlm({ vocabSize: 5, maskId: 4 });
const sizes = { hidden: 8, blocks: 1, heads: 2, cond: 4, length: 4, vocabSize: 5, timeConditioned: true };
const context = { family, denoiser: dit(sizes) };
const [ofObjectives, ofRelaxations] = [objectives, relaxations].map((registry) =>
  registry.entries().map(([name]) => name),
) as [string[], string[]];

describe('objectives and relaxations by name', () => {
  it.each([
    ...ofObjectives.flatMap((name) => optionsConformance({ registry: objectives, name, context })),
    ...ofRelaxations.flatMap((name) => optionsConformance({ registry: relaxations, name, context: undefined })),
  ])('$name', ({ run }) => run());

  it.each(ofRelaxations)('%s has the same defaults where it is called directly', (name) => {
    expect(relaxations.get(name).create({}, undefined).spec).toEqual(relaxations.create(name, undefined).spec);
  });

  it.each(ofObjectives)('%s has the same defaults where it is called directly', (name) => {
    // A registry fills in the relaxation, which the function takes as a value.
    const given: Spec['options'] = name === 'idlm' ? { relaxation: 'simplex' } : {};
    expect(objectives.get(name).create(given, context).spec).toEqual(objectives.create(name, context).spec);
  });
});
