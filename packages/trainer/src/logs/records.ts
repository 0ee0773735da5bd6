import { maskedCrc32c } from './crc32c';
import { type Message, numberOf } from './protobuf';

/** Bytes of a record before its content, length and checksum, and after it. */
const BEFORE = 12;
const AFTER = 4;

/** A record as it stands in a file: length and content, each with its checksum. Source: TensorFlow, `lib/io/record_writer.h`. */
export function record(content: Message): Message {
  const out = Buffer.alloc(BEFORE + content.byteLength + AFTER);
  out.writeBigUInt64LE(BigInt(content.byteLength), 0);
  out.writeUInt32LE(maskedCrc32c(out.subarray(0, 8)), 8);
  out.set(content, BEFORE);
  out.writeUInt32LE(maskedCrc32c(content), BEFORE + content.byteLength);
  return out;
}

/** The content of the record at a place; undefined if there is no whole one. */
function contentAt(file: Buffer, at: number): Buffer | undefined {
  if (at + BEFORE > file.length) return undefined;
  const length = Number(file.readBigUInt64LE(at));
  const end = at + BEFORE + length;
  if (maskedCrc32c(file.subarray(at, at + 8)) !== file.readUInt32LE(at + 8) || end + AFTER > file.length)
    return undefined;
  const content = file.subarray(at + BEFORE, end);
  return maskedCrc32c(content) === file.readUInt32LE(end) ? content : undefined;
}

/**
 * Length in bytes of the whole records before the first event later than `step`. One that was cut off or damaged ends them.
 * @param file records of TensorFlow's `Event`, whose second field is the step
 */
export function recordsUpTo(file: Buffer, step: number): number {
  const STEP = 2;
  let end = 0;
  for (let next = contentAt(file, 0); next && numberOf(next, STEP) <= step; next = contentAt(file, end))
    end += BEFORE + next.length + AFTER;
  return end;
}
