import { InputError } from '@idlm/core-diffusion';
import fc from 'fast-check';
import type { SafetensorsDtype, SafetensorsFile } from './format';
import { DTYPE_SIZES } from './format';
import { fromFloat32, toFloat32 } from './numbers';
import { readSafetensors } from './read';
import { writeSafetensors } from './write';

const dtypes = Object.keys(DTYPE_SIZES) as SafetensorsDtype[];
const tensor = fc.tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 3 })).chain(([dtype, shape]) => {
  const size = shape.reduce((a, b) => a * b, 1) * DTYPE_SIZES[dtype];
  return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => ({ dtype, shape, bytes }));
});
const names = fc
  .string({ minLength: 1, maxLength: 8 })
  .filter((name) => name !== '__metadata__' && name !== '__proto__');
const file: fc.Arbitrary<SafetensorsFile> = fc.record({
  tensors: fc.dictionary(names, tensor, { maxKeys: 5, noNullPrototype: true }),
  metadata: fc.dictionary(names, fc.string(), { maxKeys: 3, noNullPrototype: true }),
});

const small = writeSafetensors({
  tensors: {
    b: fromFloat32(Float32Array.of(1, 2, 3), [3]),
    a: { dtype: 'U8', shape: [2], bytes: Uint8Array.of(7, 8) },
  },
  metadata: { format: 'pt' },
});

/** A file with this header text and `data` bytes of zeros. */
function handMade(header: string, data: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

describe('safetensors', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(file, (content) => {
        const again = readSafetensors(writeSafetensors(content));
        expect(again.metadata).toEqual(content.metadata);
        expect(Object.keys(again.tensors).sort()).toEqual(Object.keys(content.tensors).sort());
        for (const [name, entry] of Object.entries(content.tensors)) {
          expect({ ...again.tensors[name], bytes: Array.from(again.tensors[name]!.bytes) }).toEqual({
            ...entry,
            bytes: Array.from(entry.bytes),
          });
        }
      }),
    );
  });

  it('lays a file out as the Python library does', () => {
    // save({'b': float32 [1, 2, 3], 'a': uint8 [7, 8]}, metadata={'format': 'pt'}) of safetensors 0.5
    const header =
      '{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"a":{"dtype":"U8","shape":[2],"data_offsets":[12,14]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(new TextDecoder().decode(small.subarray(8, 8 + padded.length))).toBe(padded);
    expect(Array.from(small.subarray(8 + padded.length))).toEqual([
      ...new Uint8Array(Float32Array.of(1, 2, 3).buffer),
      7,
      8,
    ]);
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < small.length; length++)
      expect(() => readSafetensors(small.subarray(0, length))).toThrow(InputError);
  });

  it('reads the same tensors or refuses when a byte of the header flips', () => {
    const headerEnd = 8 + Number(new DataView(small.buffer).getBigUint64(0, true));
    for (let at = 0; at < headerEnd; at++) {
      for (const flip of [1, 32, 128]) {
        const altered = small.slice();
        altered[at]! ^= flip;
        try {
          const total = Object.values(readSafetensors(altered).tensors).reduce(
            (sum, { bytes }) => sum + bytes.byteLength,
            0,
          );
          expect(total).toBe(14);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }
    }
  });

  const entry = (dtype: string, shape: string, from: number, to: number) =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${from},${to}]}`;
  it.each([
    ['an overlap', `{"a":${entry('U8', '[2]', 0, 2)},"b":${entry('U8', '[2]', 1, 3)}}`, 3, 'begins at 1 and not at 2'],
    ['a hole', `{"a":${entry('U8', '[1]', 1, 2)}}`, 2, 'begins at 1 and not at 0'],
    ['a rest', `{"a":${entry('U8', '[1]', 0, 1)}}`, 2, 'cover 1 of 2 bytes'],
    ['an overflowing shape', `{"a":${entry('F32', '[4294967296,4294967296]', 0, 4)}}`, 4, 'needs'],
    ['a negative size', `{"a":${entry('U8', '[-1]', 0, 1)}}`, 1, 'no valid shape'],
    ['an unknown type', `{"a":${entry('F8', '[1]', 0, 1)}}`, 1, 'unknown type F8'],
    ['metadata that is no text', '{"__metadata__":{"a":1}}', 0, 'metadata is not text'],
    ['no object', '[1]', 0, 'does not begin with "{"'],
  ])('refuses %s', (_, header, data, message) => {
    expect(() => readSafetensors(handMade(header, data), 'model.safetensors')).toThrow(message);
    expect(() => readSafetensors(handMade(header, data), 'model.safetensors')).toThrow(
      /^model\.safetensors is no valid safetensors file/,
    );
  });

  it('refuses a header length beyond the file or the limit without allocating it', () => {
    const bytes = small.slice();
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 53n + 1n, true);
    expect(() => readSafetensors(bytes)).toThrow('its header claims 9007199254740993 bytes');
  });
});

describe('toFloat32', () => {
  it('widens and narrows floating types, from unaligned bytes too', () => {
    const of = (dtype: SafetensorsDtype, array: ArrayBufferView) => {
      const shifted = new Uint8Array(array.byteLength + 1);
      shifted.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), 1);
      return Array.from(toFloat32({ dtype, shape: [], bytes: shifted.subarray(1) }));
    };
    expect(of('F64', Float64Array.of(0.5, -3))).toEqual([0.5, -3]);
    expect(of('F16', Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00))).toEqual([1, -2, 2 ** -24, Infinity]);
    expect(of('BF16', Uint16Array.of(0x3f80, 0xc040))).toEqual([1, -3]);
    expect(of('F32', Float32Array.of(1.5))).toEqual([1.5]);
  });

  it('refuses integers as weights', () => {
    expect(() => toFloat32({ dtype: 'I64', shape: [1], bytes: new Uint8Array(8) })).toThrow(
      'a tensor of type I64 was given',
    );
  });
});
