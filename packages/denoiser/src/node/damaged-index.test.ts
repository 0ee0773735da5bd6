import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInputError } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { fromFloat32 } from '../safetensors/numbers';
import { writeSafetensors } from '../safetensors/write';
import { openWeights } from './open-weights';

const SHARDS = { 'one.safetensors': ['a', 'b'], 'two.safetensors': ['c'] };
const INDEX = JSON.stringify({
  metadata: { total_size: 12 },
  weight_map: Object.fromEntries(Object.entries(SHARDS).flatMap(([file, names]) => names.map((name) => [name, file]))),
});
const runs = Number(process.env['IDLM_FUZZ_RUNS'] ?? 300);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'index-'));
  for (const [file, names] of Object.entries(SHARDS)) {
    const tensors = Object.fromEntries(names.map((name) => [name, fromFloat32(Float32Array.of(1), [1])]));
    await writeFile(join(folder, file), writeSafetensors({ tensors, metadata: {} }));
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** The index with characters changed, cut off, or copied over others. */
const place = fc.nat(INDEX.length - 1);
const damaged = fc.oneof(
  fc
    .array(fc.tuple(place, fc.constantFrom(...'"{}[],:/\\.0n\0é')), { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((text, [at, one]) => text.slice(0, at) + one + text.slice(at + 1), INDEX)),
  place.map((end) => INDEX.slice(0, end)),
  fc.tuple(place, place, fc.nat(20)).map(([to, from, size]) => {
    const part = INDEX.slice(from, from + size);
    return INDEX.slice(0, to) + part + INDEX.slice(to + part.length);
  }),
);

it('damaged indexes are refused in a sentence, or place each tensor where it is', async () => {
  const outcomes = { refused: 0, read: 0 };
  await fc.assert(
    fc.asyncProperty(damaged, async (text) => {
      await writeFile(join(folder, 'model.safetensors.index.json'), text);
      try {
        const source = await openWeights(folder);
        // An index may leave a shard out; what a network lacks then is said where it is known.
        expect(['a', 'b', 'c']).toEqual(expect.arrayContaining(Object.keys(source.tensors)));
        await source.close();
        outcomes.read++;
      } catch (error) {
        if (!isInputError(error)) throw error;
        outcomes.refused++;
      }
    }),
    { numRuns: runs, seed: 1 },
  );
  expect(outcomes.refused).toBeGreaterThan(runs / 2);
});
