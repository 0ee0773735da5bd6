import { InputError } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { narrowed } from './narrow';
import { fromFloat32, toFloat32 } from './numbers';

const again = (values: readonly number[], dtype: 'BF16' | 'F16'): number[] =>
  Array.from(toFloat32(fromFloat32(Float32Array.from(values), [values.length], dtype)));

const hex = (values: readonly number[], dtype: 'BF16' | 'F16'): string[] =>
  Array.from(new Uint16Array(narrowed(Float32Array.from(values), dtype).buffer), (word) => word.toString(16));

describe('narrowed', () => {
  it('keeps the bytes of float32', () => {
    const values = Float32Array.of(1, -0, 3e38, NaN);
    expect(narrowed(values, 'F32')).toEqual(new Uint8Array(values.buffer));
  });

  it('rounds to bfloat16 as torch does', () => {
    // torch.tensor([...]).to(torch.bfloat16).view(torch.int16) of torch 2.15, whose NaN is another one.
    const values = [1, -2.5, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 1e-40, -0, Infinity, NaN];
    expect(hex(values, 'BF16')).toEqual(['3f80', 'c020', '3f80', '3f82', '3f81', '1', '8000', '7f80', '7fc0']);
  });

  it('rounds to float16 as torch does', () => {
    const values = [1, 65504, 65519, 2 ** -14, 2 ** -24, 2 ** -25, 3 * 2 ** -25, 0.1, -0.3333333, -Infinity, NaN];
    const words = ['3c00', '7bff', '7bff', '400', '1', '0', '2', '2e66', 'b555', 'fc00', '7e00'];
    expect(hex(values, 'F16')).toEqual(words);
  });

  it('gives every number of 16 bits back as it was', () => {
    for (const dtype of ['BF16', 'F16'] as const) {
      const words = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
      const values = toFloat32({ dtype, shape: [0x10000], bytes: new Uint8Array(words.buffer) });
      const found = new Uint16Array(narrowed(values, dtype).buffer);
      const other = words.filter((word, i) => found[i] !== word && !Number.isNaN(values[i]));
      expect(Array.from(other)).toEqual([]);
    }
  });

  it('takes the nearest, so that no other number of the type is nearer', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -60000, max: 60000 }), (value) => {
        for (const dtype of ['BF16', 'F16'] as const) {
          const [found] = again([value], dtype);
          const word = new Uint16Array(narrowed(Float32Array.of(value), dtype).buffer)[0]!;
          const near = [word - 1, word + 1].filter((one) => one >= 0 && one <= 0xffff);
          const bytes = new Uint8Array(Uint16Array.from(near).buffer);
          for (const other of toFloat32({ dtype, shape: [near.length], bytes }))
            if (Number.isFinite(other)) expect(Math.abs(found! - value)).toBeLessThanOrEqual(Math.abs(other - value));
        }
      }),
    );
  });

  it('refuses numbers that would become infinite, naming them', () => {
    const save = (dtype: 'BF16' | 'F16', value: number) => () =>
      narrowed(Float32Array.of(1, value), dtype, 'The tensor w');
    expect(save('F16', 65520)).toThrow(
      new InputError('The tensor w holds 65520 (number 1), which is too large for F16; save it as BF16 or F32.'),
    );
    expect(save('BF16', 3.4028234663852886e38)).toThrow('too large for BF16; save it as F32');
    expect(save('F16', 65519)).not.toThrow();
  });
});
