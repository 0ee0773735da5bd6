/** A message of Protocol Buffers, or a part of one. */
export type Message = Uint8Array;

/** A base-128 number. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

const tag = (field: number, wireType: number): number[] => varint(field * 8 + wireType);

/** Parts of a message, one after another. */
export const message = (...parts: readonly Message[]): Message => Buffer.concat(parts);

/** A whole number ≥ 0, below 2⁵³. */
export const integerField = (field: number, value: number): Message =>
  Uint8Array.from([...tag(field, 0), ...varint(value)]);

/** A float64, eight bytes little-endian. */
export const doubleField = (field: number, value: number): Message => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return message(Uint8Array.from(tag(field, 1)), bytes);
};

/** A float32, four bytes little-endian. */
export const floatField = (field: number, value: number): Message => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return message(Uint8Array.from(tag(field, 5)), bytes);
};

/** Text in UTF-8, or a message within a message. */
export function bytesField(field: number, value: string | Message): Message {
  const bytes = Buffer.from(value as string);
  return message(Uint8Array.from([...tag(field, 2), ...varint(bytes.byteLength)]), bytes);
}

/** The base-128 number at a place, and the place behind it. */
function varintAt(bytes: Message, start: number): readonly [value: number, end: number] {
  let [value, end] = [0, start];
  do value += (bytes[end]! & 127) * 128 ** (end - start);
  while (bytes[end++]! & 128);
  return [value, end];
}

/** The whole number below 2⁵³ in a field of a message; 0, the default of the format, where it has no such field. */
export function numberOf(bytes: Message, field: number): number {
  for (let at = 0; at < bytes.length;) {
    const [key, start] = varintAt(bytes, at);
    const [value, end] = varintAt(bytes, start);
    if (key === field * 8) return value;
    // Behind a number stands nothing more; behind a length so many bytes; doubles and floats are eight and four.
    at = [end, start + 8, end + value, start, start, start + 4][key % 8]!;
  }
  return 0;
}
