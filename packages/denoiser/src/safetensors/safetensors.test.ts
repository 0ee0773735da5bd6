import { InputError } from '@idlm/core-diffusion';
import fc from 'fast-check';
import type { SafetensorsDtype, SafetensorsEntry, SafetensorsFile } from './format';
import { DTYPE_BITS } from './format';
import { firstNonFinite, fromFloat32, toFloat32 } from './numbers';
import { readSafetensors } from './read';
import { writeSafetensors } from './write';

const dtypes = Object.keys(DTYPE_BITS) as SafetensorsDtype[];
const entryOf = (dtype: SafetensorsDtype, shape: readonly number[]): fc.Arbitrary<SafetensorsEntry> => {
  const size = (shape.reduce((a, b) => a * b, 1) * DTYPE_BITS[dtype]) / 8;
  // Packed numbers fill whole bytes.
  if (!Number.isInteger(size)) return entryOf(dtype, [0]);
  return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => ({ dtype, shape, bytes }));
};
const tensor = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 3 }))
  .chain(([dtype, shape]) => entryOf(dtype, shape));
const names = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== '__metadata__'),
  fc.constantFrom('10', '2', '__proto__', 'constructor'),
);
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
        const found = new Map(Object.entries(again.tensors));
        for (const [name, entry] of Object.entries(content.tensors)) {
          expect({ ...found.get(name), bytes: Array.from(found.get(name)!.bytes) }).toEqual({
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

  it('orders types and names as the Python library does', () => {
    // In the order, and with the header, of what safetensors 0.8 saved for these tensors.
    const expected: readonly (readonly [string, SafetensorsDtype, readonly number[], readonly number[]])[] = [
      ['u64', 'U64', [1], [6, 0, 0, 0, 0, 0, 0, 0]],
      ['aa', 'I64', [1], [9, 0, 0, 0, 0, 0, 0, 0]],
      ['z', 'F64', [1], [0, 0, 0, 0, 0, 0, 0xe0, 0x3f]],
      ['b', 'F32', [1], [0, 0, 0x80, 0x3f]],
      ['10', 'U32', [], [2, 0, 0, 0]],
      ['c', 'I32', [1], [5, 0, 0, 0]],
      ['bf', 'BF16', [1], [0x80, 0x3f]],
      ['__proto__', 'F16', [1], [0, 0x3c]],
      ['u16', 'U16', [1], [4, 0]],
      ['i16', 'I16', [1], [3, 0]],
      ['h', 'I8', [0, 2], []],
      ['a', 'U8', [2], [7, 8]],
      ['é"\n', 'U8', [1], [1]],
      ['k', 'BOOL', [1], [1]],
    ];
    const header =
      '{"u64":{"dtype":"U64","shape":[1],"data_offsets":[0,8]},"aa":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},' +
      '"z":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},"b":{"dtype":"F32","shape":[1],"data_offsets":[24,28]},' +
      '"10":{"dtype":"U32","shape":[],"data_offsets":[28,32]},"c":{"dtype":"I32","shape":[1],"data_offsets":[32,36]},' +
      '"bf":{"dtype":"BF16","shape":[1],"data_offsets":[36,38]},' +
      '"__proto__":{"dtype":"F16","shape":[1],"data_offsets":[38,40]},' +
      '"u16":{"dtype":"U16","shape":[1],"data_offsets":[40,42]},"i16":{"dtype":"I16","shape":[1],"data_offsets":[42,44]},' +
      '"h":{"dtype":"I8","shape":[0,2],"data_offsets":[44,44]},"a":{"dtype":"U8","shape":[2],"data_offsets":[44,46]},' +
      '"é\\"\\n":{"dtype":"U8","shape":[1],"data_offsets":[46,47]},"k":{"dtype":"BOOL","shape":[1],"data_offsets":[47,48]}}';
    const tensors = expected.map(([name, dtype, shape, bytes]) => [
      name,
      { dtype, shape, bytes: Uint8Array.from(bytes) },
    ]);
    const written = writeSafetensors({
      tensors: Object.fromEntries(tensors.reverse()) as SafetensorsFile['tensors'],
      metadata: {},
    });
    const start = 8 + Number(new DataView(written.buffer).getBigUint64(0, true));
    expect(new TextDecoder().decode(written.subarray(8, start)).trimEnd()).toBe(header);
    expect(Array.from(written.subarray(start))).toEqual(expected.flatMap(([, , , bytes]) => bytes));
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
    ['an unknown type', `{"a":${entry('F8', '[1]', 0, 1)}}`, 1, 'the type F8, which the format does not have'],
    ['packed numbers that fill no whole byte', `{"a":${entry('F4', '[3]', 0, 2)}}`, 2, 'needs 1.5 bytes and has 2'],
    [
      'a tensor given twice',
      `{"a":${entry('U8', '[2]', 0, 2)},"\\u0061" :${entry('I8', '[2]', 0, 2)}}`,
      2,
      'the key a twice',
    ],
    [
      'a type given twice',
      '{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}',
      1,
      'the key dtype twice',
    ],
    [
      'a type that is lists within one another',
      `{"a":{"dtype":${'['.repeat(500)}${']'.repeat(500)}}}`,
      0,
      'its header holds more than 500 lists',
    ],
    ['no object', '[1]', 0, 'does not begin with "{"'],
  ])('refuses %s', (_, header, data, message) => {
    expect(() => readSafetensors(handMade(header, data), 'model.safetensors')).toThrow(message);
    expect(() => readSafetensors(handMade(header, data), 'model.safetensors')).toThrow(
      /^model\.safetensors is no valid safetensors file/,
    );
  });

  it('takes the same key in different objects, and braces and quotes within names', () => {
    const header = `{"__metadata__":{"a":"a\\"{"},"}\\"{":${entry('U8', '[1]', 0, 1)},"a":${entry('U8', '[1]', 1, 2)}}`;
    expect(Object.keys(readSafetensors(handMade(header, 2)).tensors)).toEqual(['}"{', 'a']);
  });

  it.each([
    ['{"__metadata__":{"format":"pt","step":3}}', 'has 3 as step in its __metadata__, whose values must be texts'],
    ['{"__metadata__":["a"]}', 'has a __metadata__ that is no object of texts'],
  ])('refuses the metadata %s', (header, message) => {
    expect(() => readSafetensors(handMade(header, 0), 'a.safetensors')).toThrow(`a.safetensors ${message}`);
  });

  it('takes null for no metadata, as Python does', () => {
    expect(readSafetensors(handMade('{"__metadata__":null}', 0))).toEqual({ tensors: {}, metadata: {} });
  });

  it.each([
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
      'is a Git LFS pointer, .* run "git lfs pull"',
    ],
    ['PK\x03\x04\x00\x00\x08\x08\x00\x00', 'is a zip archive, as PyTorch checkpoints are'],
    ['\x80\x02\x8a\x0al\xfc\x9cF\xf9', 'is a Python pickle'],
    ['<!DOCTYPE html><html>', 'is an HTML page'],
  ])('says what %j is', (start, message) => {
    const bytes = Uint8Array.from(start.padEnd(200, '\n'), (character) => character.charCodeAt(0));
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow(new RegExp(`^model\\.safetensors ${message}`));
  });

  it('reads a header of 640 bytes, which begins as a pickle does', () => {
    const header = `{"a":${entry('U8', '[1]', 0, 1)}}`.padEnd(640);
    expect(Object.keys(readSafetensors(handMade(header, 1)).tensors)).toEqual(['a']);
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
    expect(of('F16', Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x7bff))).toEqual([
      1,
      -2,
      2 ** -24,
      Infinity,
      -Infinity,
      NaN,
      -0,
      65504,
    ]);
    expect(of('BF16', Uint16Array.of(0x3f80, 0xc040, 0x7f80, 0xff80))).toEqual([1, -3, Infinity, -Infinity]);
    expect(of('F32', Float32Array.of(1.5))).toEqual([1.5]);
  });

  it.each(['I64', 'F8_E4M3', 'C64'] as const)('refuses %s as a weight, by name', (dtype) => {
    expect(() => toFloat32({ dtype, shape: [1], bytes: new Uint8Array(8) }, 'The tensor a of b')).toThrow(
      `The tensor a of b is of type ${dtype}, which is not read as weights; convert it to F32, F64, F16, BF16.`,
    );
  });

  it('uses bytes that fill their buffer as they are', () => {
    const values = Float32Array.of(1, 2);
    expect(toFloat32(fromFloat32(values, [2])).buffer).toBe(values.buffer);
  });

  it('finds the first number that is none', () => {
    const number = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(number), fc.constantFrom(NaN, Infinity, -Infinity), fc.array(fc.float()), (a, bad, b) => {
        expect(firstNonFinite(Float32Array.from(a))).toBe(-1);
        expect(firstNonFinite(Float32Array.from([...a, bad, ...b]))).toBe(a.length);
      }),
    );
  });
});
