import { isInputError } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { readConfigFields } from '../hub/config-file';
import { locateWeights, weightOf } from '../hub/weights';
import { shapesOf } from '../registry';
import { fromFloat32 } from './numbers';
import { readSafetensors } from './read';
import { writeSafetensors } from './write';

const runs = Number(process.env['IDLM_FUZZ_RUNS'] ?? 1000);

/** Runs what may be damaged. @returns whether it was refused in a sentence; anything else that is thrown fails the test */
function isRefused(read: () => void): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (isInputError(error)) return true;
    throw error;
  }
}

const FIELDS = {
  ...{ model_type: 'mdlm', hidden_dim: 4, n_blocks: 1, n_heads: 1, cond_dim: 2, vocab_size: 5, model_length: 4 },
  time_conditioning: false,
};
const { network } = readConfigFields(FIELDS, 'config.json');
const numbersOf = (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5);
const file = writeSafetensors({
  tensors: Object.fromEntries(
    Object.entries(shapesOf(network)).map(([name, shape]) => [name, fromFloat32(numbersOf(shape), shape)]),
  ),
  metadata: { format: 'pt' },
});
const headerSize = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));

/** The bytes with some changed, cut off, or copied over others; most in the beginning, which says what the rest means. */
const mutated = (bytes: Uint8Array, beginning: number): fc.Arbitrary<Uint8Array> => {
  const place = fc.nat(beginning - 1);
  const value = fc.oneof(fc.constantFrom(0, 0xff, 0x22, 0x2c, 0x30, 0x39, 0x5b, 0x5d, 0x7b, 0x7d), fc.nat(255));
  return fc.oneof(
    fc.array(fc.record({ at: place, value }), { minLength: 1, maxLength: 5 }).map((changes) => {
      const copy = bytes.slice();
      for (const one of changes) copy[one.at] = one.value;
      return copy;
    }),
    fc.nat(bytes.length - 1).map((end) => bytes.slice(0, end)),
    fc.tuple(place, place, fc.nat(30)).map(([to, from, size]) => bytes.slice().copyWithin(to, from, from + size)),
  );
};

it('damaged weights are refused in a sentence, or are those of the network', () => {
  let refused = 0;
  fc.assert(
    fc.property(mutated(file, headerSize), (bytes) => {
      const isBad = isRefused(() => {
        const read = readSafetensors(bytes, 'x');
        const names = locateWeights(read, shapesOf(network), network.type, 'x');
        for (const [name, shape] of Object.entries(shapesOf(network))) {
          const own = names.get(name)!;
          expect(weightOf(read.tensors[own]!, own, 'x')).toHaveLength(numbersOf(shape).length);
        }
      });
      refused += Number(isBad);
    }),
    { numRuns: runs, seed: 1 },
  );
  expect(refused).toBeGreaterThan(runs / 2);
});

it('damaged configurations are refused in a sentence, or mean a network whose weights can be named', () => {
  const text = new TextEncoder().encode(JSON.stringify({ ...FIELDS, family: { name: 'mdlm', options: {} } }));
  let refused = 0;
  fc.assert(
    fc.property(mutated(text, text.length), (bytes) => {
      let value: unknown;
      try {
        value = JSON.parse(new TextDecoder().decode(bytes));
      } catch {
        return;
      }
      const isBad = isRefused(() => {
        const read = readConfigFields(value, 'config.json');
        expect(Object.keys(shapesOf(read.network)).length).toBeLessThan(50_000);
      });
      refused += Number(isBad);
    }),
    { numRuns: runs, seed: 1 },
  );
  expect(refused).toBeGreaterThan(0);
});
