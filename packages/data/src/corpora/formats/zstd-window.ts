/** The largest window that a frame may ask for in bytes: that of zstd's own programs where they are not told otherwise. */
export const MAX_ZSTD_WINDOW = 1 << 27;

/** Asks for the next bytes of a file, or passes over some. */
type ByteRequest = { readonly take: number } | { readonly skip: number };

const MAGIC = 0xfd2fb528;
/** The first 28 bits of a frame that holds no content. */
const SKIPPABLE = 0x184d2a5;

/** Bytes of a header behind its flags: window, number of the dictionary, size of the content. */
function headerParts(flags: number) {
  const isSingle = ((flags >> 5) & 1) === 1;
  const dictionary = [0, 1, 2, 4][flags & 3]!;
  const sizeFlag = flags >> 6;
  const content = sizeFlag ? 1 << sizeFlag : Number(isSingle);
  return { isSingle, contentAt: Number(!isSingle) + dictionary, content };
}

/** A frame of a single segment is its own window; others tell it as a power of two and eighths of that. */
function windowOf(flags: number, header: Buffer): number {
  const { isSingle, contentAt, content } = headerParts(flags);
  if (!isSingle) {
    const base = 2 ** (10 + (header[0]! >> 3));
    return base + (base / 8) * (header[0]! & 7);
  }
  if (content === 8) return Number(header.readBigUInt64LE(contentAt));
  return header.readUIntLE(contentAt, content) + (content === 2 ? 256 : 0);
}

/** Goes from frame to frame, block by block, and unpacks none. What is no frame ends it: the one who unpacks says so. */
function* readFrames(onWindow: (bytes: number) => void): Generator<ByteRequest, void, Buffer> {
  for (;;) {
    const magic = (yield { take: 4 }).readUInt32LE();
    if (magic >>> 4 === SKIPPABLE) {
      yield { skip: (yield { take: 4 }).readUInt32LE() };
      continue;
    }
    if (magic !== MAGIC) return;
    const flags = (yield { take: 1 })[0]!;
    const { contentAt, content } = headerParts(flags);
    onWindow(windowOf(flags, yield { take: contentAt + content }));
    for (let isLast = false; !isLast;) {
      const block = (yield { take: 3 }).readUIntLE(0, 3);
      isLast = (block & 1) === 1;
      // A repeated byte is stored once.
      yield { skip: ((block >> 1) & 3) === 1 ? 1 : block >> 3 };
    }
    if (flags & 4) yield { skip: 4 };
  }
}

/**
 * Follows a file of Zstandard and tells the window of each frame before it is unpacked: whoever unpacks takes that much memory, which a few
 * bytes can ask for.
 * @param onWindow takes bytes, from 0; may throw
 * @returns takes the file's bytes in turn, in parts of any length
 * Source: RFC 8878, 3.1.1 and 3.1.2.
 */
export function zstdWindows(onWindow: (bytes: number) => void): (chunk: Uint8Array) => void {
  const frames = readFrames(onWindow);
  let request = frames.next().value;
  let held = Buffer.alloc(0);
  let skipped = 0;
  const goOn = (bytes: Buffer) => {
    request = frames.next(bytes).value;
    held = Buffer.alloc(0);
    skipped = 0;
  };
  return (chunk) => {
    for (let at = 0; request && at < chunk.length;) {
      if ('skip' in request) {
        const passed = Math.min(request.skip - skipped, chunk.length - at);
        skipped += passed;
        at += passed;
        if (skipped === request.skip) goOn(held);
      } else {
        const more = chunk.subarray(at, at + request.take - held.length);
        held = Buffer.concat([held, more]);
        at += more.length;
        if (held.length === request.take) goOn(held);
      }
    }
  };
}
