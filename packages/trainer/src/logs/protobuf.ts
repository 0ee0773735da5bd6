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
