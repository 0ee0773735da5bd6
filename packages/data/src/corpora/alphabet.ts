import { type Normalisation, normalise } from '../normalise';
import { partsOf } from './formats/text';

/** Gathers the distinct characters (code points) of texts. */
export function alphabetFinder(normalisation: Normalisation) {
  const basic = new Uint8Array(1 << 16);
  const beyond = new Set<string>();
  return {
    add(text: string): void {
      for (const part of partsOf(text)) {
        const simple = normalise(part, normalisation);
        for (let i = 0; i < simple.length; i++) {
          const code = simple.charCodeAt(i);
          // Text is well-formed once it is normalised, so half a pair stands before its other half.
          if ((code & 0xfc00) === 0xd800) beyond.add(simple.slice(i, ++i + 1));
          else basic[code] = 1;
        }
      }
    },
    /** The characters, sorted by their UTF-16 code units. */
    found(): string[] {
      const plain = Array.from(basic.keys()).filter((code) => basic[code]);
      return [...plain.map((code) => String.fromCharCode(code)), ...beyond].sort();
    },
  };
}
