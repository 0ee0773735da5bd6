import fc from 'fast-check';
import { crc32c, maskedCrc32c } from './crc32c';

describe('crc32c', () => {
  it.each([
    ['123456789', 0xe3069283],
    ['', 0],
    ['a', 0xc1d04330],
  ])('of %p is the published value', (text, expected) => {
    expect(crc32c(Buffer.from(text))).toBe(expected);
  });

  it('is that of RFC 3720 for 32 equal or counting bytes', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  it('changes with any one bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, bit) => {
        const altered = bytes.slice();
        altered[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7);
        expect(crc32c(altered)).not.toBe(crc32c(bytes));
      }),
    );
  });
});

describe('maskedCrc32c', () => {
  it('can be turned back into the checksum', () => {
    const text = Buffer.from('123456789');
    const rotated = (maskedCrc32c(text) - 0xa282ead8) >>> 0;
    expect(((rotated >>> 17) | (rotated << 15)) >>> 0).toBe(crc32c(text));
  });
});
