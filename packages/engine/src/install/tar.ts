/** A file of an archive. */
export interface ArchivedFile {
  /** Its path as the archive has it, such as `package/dist/index.js`: who writes it judges where it may lie. */
  readonly name: string;
  /** A view of the archive's own bytes. */
  readonly content: Uint8Array;
}

const BLOCK = 512;
const text = (bytes: Buffer): string => bytes.toString('utf8').split('\0')[0]!;

/**
 * The plain files of an unpacked tar archive (ustar), in order. Records of other kinds, as folders and links, are passed over. A block of
 * zeros ends the archive.
 * Source: POSIX.1, `pax`, ustar interchange format: of a header of 512 bytes the name from 0, the size in octal digits from 124, the
 * kind at 156 and what stands before the name from 345.
 */
export function* filesOfTar(archive: Uint8Array): Generator<ArchivedFile> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const header = bytes.subarray(at, at + BLOCK);
    const size = parseInt(text(header.subarray(124, 136)), 8);
    const [prefix, name] = [text(header.subarray(345, 500)), text(header.subarray(0, 100))];
    const kind = String.fromCharCode(header[156]!);
    if (kind === '0' || kind === '\0')
      yield { name: prefix ? `${prefix}/${name}` : name, content: bytes.subarray(at + BLOCK, at + BLOCK + size) };
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}
