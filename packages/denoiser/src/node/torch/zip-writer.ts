import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { InputError } from '@idlm/core-diffusion';
import { append } from '../append';

/** Where torch wants the bytes of members to begin, so that they can be mapped. */
const ALIGNMENT = 64;

/** What 32 bits cannot say, and stands in 64 elsewhere. */
const TOO_LARGE = 0xffffffff;

/** A member as the directory lists it. */
interface Written {
  readonly name: Buffer;
  readonly crc: number;
  readonly size: number;
  readonly at: number;
}

/** The fields that the header of a member and its entry in the directory share. */
function shared({ name, crc, size }: Omit<Written, 'at'>, extra: number): Buffer {
  const bytes = Buffer.alloc(24);
  // Before these no flags, no compression, and midnight; the date is in 1980, so that the same weights give the same file.
  bytes.writeUInt16LE(0x21, 6);
  [crc, size, size].forEach((value, i) => bytes.writeUInt32LE(value, 8 + 4 * i));
  [name.length, extra].forEach((value, i) => bytes.writeUInt16LE(value, 20 + 2 * i));
  return bytes;
}

/** The header of a member, with an extra field that fills up to where its bytes are to begin. */
function memberHeader(member: Omit<Written, 'at'>, at: number): Buffer {
  const start = at + 30 + member.name.length + 4;
  const padding = (ALIGNMENT - (start % ALIGNMENT)) % ALIGNMENT;
  const extra = Buffer.alloc(4 + padding, 'Z');
  extra.write('FB', 0, 'latin1');
  extra.writeUInt16LE(padding, 2);
  return Buffer.concat([Buffer.from('PK\x03\x04\0\0', 'latin1'), shared(member, extra.length), member.name, extra]);
}

function directoryEntry(member: Written): Buffer {
  const long = member.at >= TOO_LARGE ? Buffer.alloc(12) : Buffer.alloc(0);
  if (long.length) {
    [1, 8].forEach((value, i) => long.writeUInt16LE(value, 2 * i));
    long.writeBigUInt64LE(BigInt(member.at), 4);
  }
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(Math.min(member.at, TOO_LARGE), 10);
  const start = Buffer.from('PK\x01\x02\0\0\0\0', 'latin1');
  return Buffer.concat([start, shared(member, long.length), rest, member.name, long]);
}

/** What ends an archive: where its directory is, in 64 bits too, which readers take where 32 do not do. */
function archiveEnd(entries: number, size: number, at: number): Buffer {
  const long = Buffer.alloc(56 + 20);
  long.write('PK\x06\x06', 0, 'latin1');
  long.writeBigUInt64LE(44n, 4);
  [45, 45].forEach((version, i) => long.writeUInt16LE(version, 12 + 2 * i));
  [entries, entries, size, at].forEach((value, i) => long.writeBigUInt64LE(BigInt(value), 24 + 8 * i));
  long.write('PK\x06\x07', 56, 'latin1');
  long.writeBigUInt64LE(BigInt(at + size), 64);
  long.writeUInt32LE(1, 72);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  [8, 10].forEach((place) => end.writeUInt16LE(Math.min(entries, 0xffff), place));
  [size, at].forEach((value, i) => end.writeUInt32LE(Math.min(value, TOO_LARGE), 12 + 4 * i));
  return Buffer.concat([long, end]);
}

async function writeMember(file: FileHandle, name: string, bytes: Uint8Array, at: number): Promise<Written> {
  if (bytes.length >= TOO_LARGE)
    throw new InputError(`${name} has ${bytes.length} bytes, and a tensor of a checkpoint has fewer than 4 GiB here.`);
  const member = { name: Buffer.from(name, 'utf8'), crc: crc32(bytes), size: bytes.length };
  await append(file, memberHeader(member, at));
  await append(file, bytes);
  return { ...member, at };
}

/**
 * Writes an uncompressed zip archive as torch.save lays it out, member by member, so that one is in memory at a time, and flushes it.
 * @param members names and what gives their bytes, in order
 * @throws InputError for a member of 4 GiB or more
 * Source: PKWARE, APPNOTE.TXT, and PyTorch, `caffe2/serialize/inline_container.cc`.
 */
export async function writeZip(
  path: string,
  members: readonly (readonly [name: string, bytes: () => Promise<Uint8Array>])[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  try {
    const written: Written[] = [];
    let at = 0;
    for (const [name, bytes] of members) {
      const member = await writeMember(file, name, await bytes(), at);
      written.push(member);
      at += memberHeader(member, at).length + member.size;
    }
    const directory = Buffer.concat(written.map(directoryEntry));
    await append(file, directory);
    await append(file, archiveEnd(written.length, directory.length, at));
    await file.sync();
  } finally {
    await file.close();
  }
}
