function byteSymbols(): string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** GPT-2's printable stand-in for every byte, so that a byte-level `tokenizer.json` can name them. */
export const BYTE_SYMBOLS: readonly string[] = byteSymbols();
