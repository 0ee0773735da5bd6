import { InputError } from '@idlm/core-diffusion';

/** Bytes `from` … `to` − 1 of a file. */
export type ReadRange = (from: number, to: number) => Promise<Uint8Array>;

/** A file in a zip archive. */
export interface ZipMember {
  readonly name: string;
  /** Where its bytes begin and how many they are. */
  readonly from: number;
  readonly size: number;
}

const [END, END_64, LOCATOR_64, CENTRAL, LOCAL] = [0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50];

/** The longest comment behind the directory, and the longest directory that is read: checkpoints have a member for each tensor. */
const [MAX_COMMENT, MAX_DIRECTORY] = [0xffff, 1 << 28];

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const refuse = (what: string, problem: string): never => {
  throw new InputError(
    `${what} is no whole zip archive: ${problem}. It may be truncated or altered; fetch or save it again.`,
  );
};

/** Where the directory of an archive lies. */
interface Directory {
  readonly from: number;
  readonly size: number;
  readonly entries: number;
}

async function findDirectory(read: ReadRange, size: number, what: string): Promise<Directory> {
  const from = Math.max(0, size - MAX_COMMENT - 22);
  const tail = await read(from, size);
  const view = viewOf(tail);
  let at = tail.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== END) at--;
  if (at < 0) return refuse(what, 'it has no directory at its end');
  const short = {
    entries: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    from: view.getUint32(at + 16, true),
  };
  const isLong = at >= 20 && view.getUint32(at - 20, true) === LOCATOR_64;
  if (!isLong) return short;
  const place = Number(view.getBigUint64(at - 20 + 8, true));
  if (!(place + 56 <= size)) return refuse(what, 'its directory lies behind its end');
  const end = viewOf(await read(place, place + 56));
  if (end.getUint32(0, true) !== END_64) return refuse(what, 'its long directory has no beginning');
  const [entries, length, start] = [32, 40, 48].map((i) => Number(end.getBigUint64(i, true))) as [
    number,
    number,
    number,
  ];
  return { entries, size: length, from: start };
}

/** The sizes and the place of a member that are too large for 32 bits: they stand in an extra field in this order. */
function longFields(extra: Uint8Array, wanted: readonly boolean[]): (number | undefined)[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === 1) {
      let next = at + 4;
      return wanted.map((isWanted) => {
        if (!isWanted || next + 8 > Math.min(at + 4 + size, extra.length)) return undefined;
        next += 8;
        return Number(view.getBigUint64(next - 8, true));
      });
    }
    at += 4 + size;
  }
  return wanted.map(() => undefined);
}

/** A member as the directory has it; its own header, where the data begins, is yet to be read. */
export interface ListedMember {
  readonly name: string;
  readonly header: number;
  readonly size: number;
  /** CRC-32 of its bytes; 0 where its writer left it out, as `torch.serialization.set_crc32_options(False)` has it. */
  readonly crc: number;
}

function parseDirectory(bytes: Uint8Array, what: string): ListedMember[] {
  const view = viewOf(bytes);
  const found: ListedMember[] = [];
  for (let at = 0; at + 46 <= bytes.length && view.getUint32(at, true) === CENTRAL;) {
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((i) => view.getUint16(at + i, true)) as [
      number,
      number,
      number,
    ];
    const end = at + 46 + nameSize + extraSize + commentSize;
    if (end > bytes.length) return refuse(what, 'its directory is cut off');
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameSize)).toString('utf8');
    const raw = [24, 20, 42].map((i) => view.getUint32(at + i, true));
    const long = longFields(
      bytes.subarray(at + 46 + nameSize, at + 46 + nameSize + extraSize),
      raw.map((value) => value === 0xffffffff),
    );
    const [size, stored, header] = raw.map((value, i) => long[i] ?? value) as [number, number, number];
    if (view.getUint16(at + 10, true) !== 0 || size !== stored)
      throw new InputError(
        `${what} holds ${name} compressed, as torch.save never writes it; save it again with torch.save.`,
      );
    found.push({ name, header, size, crc: view.getUint32(at + 16, true) });
    at = end;
  }
  return found;
}

/**
 * Files in an uncompressed zip archive, by their directory alone: sizes in the headers of members are those of a stream, and absent.
 * @param size bytes of the archive
 * @param what the file in messages
 * @throws InputError for an archive that is damaged or compressed, and members that are larger than it
 * Source: PKWARE, APPNOTE.TXT, and PyTorch, `caffe2/serialize/inline_container.cc`.
 */
export async function zipMembers(
  read: ReadRange,
  size: number,
  what: string,
): Promise<ReadonlyMap<string, ListedMember>> {
  const directory = await findDirectory(read, size, what);
  if (!(directory.from + directory.size <= size)) return refuse(what, 'its directory lies behind its end');
  if (directory.size > MAX_DIRECTORY) return refuse(what, `its directory claims ${directory.size} bytes`);
  const listed = parseDirectory(await read(directory.from, directory.from + directory.size), what);
  if (listed.length !== directory.entries)
    return refuse(what, `its directory lists ${listed.length} files, and ${directory.entries} are claimed`);
  const wrong = listed.find(({ header, size: own }) => !(header + 30 + own <= size));
  if (wrong) return refuse(what, `${wrong.name} claims ${wrong.size} bytes of ${size}`);
  return new Map(listed.map((one) => [one.name, one]));
}

/** Where the bytes of a member begin: behind its own header, which has other extra fields than the directory. */
export async function dataOf(
  read: ReadRange,
  { name, header, size }: ListedMember,
  total: number,
  what: string,
): Promise<ZipMember> {
  const bytes = await read(header, header + 30);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== LOCAL) return refuse(what, `${name} does not begin where the directory says`);
  const from = header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (from + size > total) return refuse(what, `${name} lies behind its end`);
  return { name, from, size };
}
