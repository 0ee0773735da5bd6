/** A file of an archive. */
export interface ArchivedFile {
  readonly name: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;
const text = (bytes: Buffer): string => bytes.toString('utf8').split('\0')[0]!;

/** The plain files of an unpacked tar archive (ustar). Records of other kinds are passed over. */
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
