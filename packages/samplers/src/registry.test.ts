import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declarationOf } from '@idlm/core-diffusion';
import { optionsConformance } from '@idlm/core-diffusion/conformance';
import { samplers } from './registry';

const names = samplers.entries().map(([name]) => name);

describe('samplers by name', () => {
  it.each(names.flatMap((name) => optionsConformance({ registry: samplers, name, context: undefined })))(
    '$name',
    ({ run }) => run(),
  );

  it.each(names)('%s has the same defaults where it is called directly', (name) => {
    expect(samplers.get(name).create({}, undefined).spec).toEqual(samplers.create(name, undefined).spec);
  });
});

it('says of each whether it is meant to write other text than the reversed process, so that `idlm eval` measures what it loses', () => {
  const lawful = ['ancestral', 'ancestral-cached', 'first-hitting', 'euler', 'analytic'];
  const faithful = names.filter((name) => !samplers.create(name).changesLaw);
  expect(faithful).toEqual(lawful);
});

describe('docs/samplers.md', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'samplers.md'), 'utf8');
  const declared = samplers
    .entries()
    .flatMap(([name, { options = {} }]) =>
      Object.entries(options).map(([option, one]) => ({ name, option, ...declarationOf(one) })),
    );

  it.each(declared.filter(({ kind }) => kind === 'number'))('has $option of $name with its default', (one) => {
    const ways = ['', 'default '].map((word) => `\`${one.option}\` (${word}${JSON.stringify(one.default)})`);
    expect(ways.some((way) => page.includes(way))).toBe(true);
  });

  it.each(declared.filter(({ kind, option }) => Array.isArray(kind) && option !== 'last'))(
    'has all words of $option of $name, and which is the default',
    ({ kind, default: standing }) => {
      for (const word of kind) expect(page).toContain(`| \`${word}\``);
      expect(page).toContain(`| \`${String(standing)}\` (default)`);
    },
  );
});
