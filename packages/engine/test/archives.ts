import { createHash } from 'node:crypto';
import { deflateRawSync, gzipSync } from 'node:zlib';

/** How an entry of a zip archive is written. */
interface ZipOptions {
  readonly stored?: boolean;
  /** General-purpose flags of the header. */
  readonly flags?: number;
  /** A wrong size to claim. */
  readonly claimedSize?: number;
}

/** A zip archive as wheels are: local headers with sizes, then a directory that stream readers do not need. */
export function zipOf(files: Readonly<Record<string, string | Uint8Array>>, options: ZipOptions = {}): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const plain = Buffer.from(content as string);
    const packed = options.stored ? plain : deflateRawSync(plain);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50);
    header.writeUInt16LE(options.flags ?? 0, 6);
    header.writeUInt16LE(options.stored ? 0 : 8, 8);
    header.writeUInt32LE(packed.length, 18);
    header.writeUInt32LE(options.claimedSize ?? plain.length, 22);
    header.writeUInt16LE(Buffer.byteLength(name), 26);
    return [header, Buffer.from(name), packed];
  });
  const directory = Buffer.alloc(46);
  directory.writeUInt32LE(0x02014b50);
  return Buffer.concat([...parts, directory]);
}

/** An archive as npm packs one. */
export function tgzOf(files: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]));
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes in pieces, as a network brings them. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
