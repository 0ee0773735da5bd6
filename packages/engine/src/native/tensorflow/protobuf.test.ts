import fc from 'fast-check';
import { fieldsOf, integerField } from './protobuf';

/** A varint by its definition: groups of seven bits, the lowest first, all but the last with the eighth bit set. */
function groupsOf(value: number): number[] {
  const bits = BigInt(value).toString(2);
  const padded = bits.padStart(7 * Math.ceil(bits.length / 7), '0');
  const groups = Array.from(padded.matchAll(/.{7}/g), ([seven]) => parseInt(seven, 2)).reverse();
  return groups.map((group, i) => (i < groups.length - 1 ? group + 128 : group));
}

const fieldNumbers = fc.integer({ min: 1, max: 2 ** 29 - 1 });
const wholes = fc.maxSafeNat();

describe('integerField', () => {
  it.each([
    // The example of protobuf's own description of the format.
    [1, 150, [0x08, 0x96, 0x01]],
    [2, 0, [0x10, 0x00]],
    [5, 127, [0x28, 0x7f]],
    [5, 128, [0x28, 0x80, 0x01]],
    [16, 1, [0x80, 0x01, 0x01]],
    [2, 2 ** 31, [0x10, 0x80, 0x80, 0x80, 0x80, 0x08]],
  ])('field %i with %i', (field, value, expected) => expect([...integerField(field, value)]).toEqual(expected));

  it('writes tag and value in groups of seven bits, for every field number of the format', () =>
    fc.assert(
      fc.property(fieldNumbers, wholes, (field, value) =>
        expect([...integerField(field, value)]).toEqual([...groupsOf(field * 8), ...groupsOf(value)]),
      ),
    ));
});

describe('fieldsOf', () => {
  const bytesField = (number: number, bytes: Uint8Array) => [
    ...groupsOf(number * 8 + 2),
    ...groupsOf(bytes.length),
    ...bytes,
  ];
  const parts = fc.oneof(
    fc.record({ kind: fc.constant('bytes' as const), number: fieldNumbers, bytes: fc.uint8Array({ maxLength: 300 }) }),
    fc.record({ kind: fc.constant('integer' as const), number: fieldNumbers, value: wholes }),
    fc.record({ kind: fc.constant('fixed' as const), number: fieldNumbers, wide: fc.boolean() }),
  );
  type Part = typeof parts extends fc.Arbitrary<infer T> ? T : never;
  const written = (part: Part): number[] => {
    if (part.kind === 'bytes') return bytesField(part.number, part.bytes);
    if (part.kind === 'integer') return [...integerField(part.number, part.value)];
    // A double or a float, whose bytes look like tags.
    return [...groupsOf(part.number * 8 + (part.wide ? 1 : 5)), ...new Array<number>(part.wide ? 8 : 4).fill(0x12)];
  };

  it('gives strings and messages in order, and passes over numbers of every width', () =>
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), fc.nat(5), (message, before) => {
        // A view into larger memory, as a read may be.
        const memory = Uint8Array.from([...new Array<number>(before).fill(0x12), ...message.flatMap(written)]);
        const found = fieldsOf(memory.subarray(before)).map(({ number, bytes }) => [number, [...bytes]]);
        expect(found).toEqual(
          message.flatMap((part) => (part.kind === 'bytes' ? [[part.number, [...part.bytes]]] : [])),
        );
      }),
    ));

  it('reads messages within messages', () => {
    const inner = Uint8Array.from([...bytesField(1, Buffer.from('T')), ...bytesField(4, Buffer.from('é'))]);
    const [outer] = fieldsOf(Uint8Array.from(bytesField(2, inner)));
    expect(fieldsOf(outer!.bytes).map(({ number, bytes }) => [number, bytes.toString()])).toEqual([
      [1, 'T'],
      [4, 'é'],
    ]);
  });

  it.each([
    ['within a tag', [0x80]],
    ['before a length', [0x12]],
    ['within a value', [0x08, 0xff]],
    ['within a string', [0x12, 0x05, 0x61]],
    ['within a double', [0x09, 0, 0]],
  ])('refuses a message that is cut off %s', (_, bytes) =>
    expect(() => fieldsOf(Uint8Array.from(bytes))).toThrow('the message is cut off'),
  );
});
