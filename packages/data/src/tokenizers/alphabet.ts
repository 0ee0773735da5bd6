/** Gathers the distinct characters (code points) of well-formed texts. */
export function alphabetFinder() {
  const basic = new Uint8Array(1 << 16);
  const beyond = new Set<string>();
  return {
    add(text: string): void {
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        // Half a pair stands before its other half.
        if ((code & 0xfc00) === 0xd800) beyond.add(text.slice(i, ++i + 1));
        else basic[code] = 1;
      }
    },
    /** The characters, sorted by their UTF-16 code units. */
    found(): string[] {
      const plain = Array.from(basic.keys()).filter((code) => basic[code]);
      return [...plain.map((code) => String.fromCharCode(code)), ...beyond].sort();
    },
  };
}
