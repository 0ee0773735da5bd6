import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { inPieces, zipOf } from '../../test/archives';
import { unzip } from './zip';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-zip-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const all = (name: string) => join(folder, name);

describe('unzip', () => {
  it.each([true, false])('writes wanted entries whatever the pieces are (stored: %s)', async (stored) => {
    const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i) % 251));
    const archive = zipOf({ 'a/one.bin': content, 'skip.me': 'x'.repeat(999), 'two.txt': 'zwei' }, { stored });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6000 }), async (size) => {
        const written = await unzip(inPieces(archive, size), (name) => (name === 'skip.me' ? undefined : all(name)));
        expect(written).toEqual(['a/one.bin', 'two.txt']);
        expect(readFileSync(all('a/one.bin')).equals(content)).toBe(true);
        expect(readFileSync(all('two.txt'), 'utf8')).toBe('zwei');
      }),
      { numRuns: 20 },
    );
    expect(readdirSync(folder).sort()).toEqual(['a', 'two.txt']);
  });

  it('reads the source to its end, so that a checksum covers everything', async () => {
    const archive = zipOf({ a: 'A' });
    let read = 0;
    async function* counted() {
      for await (const part of inPieces(archive, 7)) {
        read += part.length;
        yield part;
      }
    }
    await unzip(counted(), () => undefined);
    expect(read).toBe(archive.length);
  });

  it('lets go of a source that it refuses, which may be a file or a download', async () => {
    let isOpen = true;
    async function* held() {
      try {
        yield* inPieces(zipOf({ a: 'A' }, { flags: 8 }), 40);
      } finally {
        isOpen = false;
      }
    }
    await expect(unzip(held(), all)).rejects.toThrow('cannot be read as a stream');
    expect(isOpen).toBe(false);
  });

  it('refuses an archive that is cut off, in a wanted file as in a skipped one', async () => {
    const archive = zipOf({ a: 'A'.repeat(100) }, { stored: true });
    for (const target of [all, () => undefined])
      await expect(unzip(inPieces(archive.subarray(0, 90), 16), target)).rejects.toThrow('ends too early');
  });

  it.each([
    ['a page of HTML', Buffer.from('<html><body>please log in to the network first</body></html>'), 'not a wheel'],
    ['sizes behind the content', zipOf({ a: 'A' }, { flags: 8 }), 'cannot be read as a stream'],
    ['a size other than claimed', zipOf({ a: 'A' }, { claimedSize: 2 }), 'another size'],
  ])('refuses %s', async (_, archive, message) => {
    await expect(unzip(inPieces(archive, 1000), all)).rejects.toThrow(message);
  });

  it('stops unpacking where there is more than the header says', async () => {
    const archive = zipOf({ a: 'a'.repeat(4e6) }, { claimedSize: 100 });
    await expect(unzip(inPieces(archive, 1000), all)).rejects.toThrow('a in the wheel is larger than its header says');
    expect(statSync(all('a')).size).toBeLessThan(1e6);
  });

  it('refuses content that cannot be unpacked, by name', async () => {
    const archive = zipOf({ 'lib/a.so': 'some content that is packed, '.repeat(9) });
    // The first byte of the content: a kind of block that does not exist.
    archive[30 + 'lib/a.so'.length]! |= 7;
    await expect(unzip(inPieces(archive, 16), all)).rejects.toThrow(
      expect.objectContaining({ exitCode: 2, message: 'lib/a.so in the wheel is damaged: fetch the wheel again.' }),
    );
  });

  it('passes on the error of a source that breaks', async () => {
    async function* broken() {
      yield zipOf({ a: 'A'.repeat(500) }, { stored: true }).subarray(0, 60);
      throw new Error('socket hang up');
    }
    await expect(unzip(broken(), all)).rejects.toThrow('socket hang up');
  });
});
