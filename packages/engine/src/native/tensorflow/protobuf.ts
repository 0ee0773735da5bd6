/** As much of protobuf's wire format as is used here. Field numbers are the callers'. */

/** Whole numbers of 0 … 2⁵³ − 1 in groups of seven bits, the lowest first; the eighth bit says that another follows. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest ? low | 128 : low);
  } while (rest);
  return Buffer.from(bytes);
}

/** A field with an integer of 0 … 2⁵³ − 1, a boolean or an enum. @param field its number, 1 … 2²⁹ − 1 */
export const integerField = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);

/** A string, bytes or embedded message of a message that was read. */
export interface Field {
  readonly number: number;
  readonly bytes: Buffer;
}

/**
 * The strings and embedded messages of a message, in order; its numbers are passed over. A field begins with a varint that is eight times
 * its number plus its kind: 0 a varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes. Groups, kinds 3 and 4, are older than
 * anything that is read here.
 * Source: protobuf's documentation, "Encoding".
 * @throws Error for a message that is cut off
 */
export function fieldsOf(message: Uint8Array): Field[] {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const skip = (count: number): void => {
    at += count;
    if (at > bytes.length) throw new Error('the message is cut off');
  };
  const integer = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      skip(1);
      const byte = bytes[at - 1]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = integer();
    const kind = tag & 7;
    if (kind === 0) integer();
    else if (kind === 1) skip(8);
    else if (kind === 5) skip(4);
    else {
      const length = integer();
      skip(length);
      fields.push({ number: tag >>> 3, bytes: bytes.subarray(at - length, at) });
    }
  }
  return fields;
}
