import { crc32 } from 'node:zlib';
import { InputError } from '@idlm/core-diffusion';
import type { ListedMember, ReadRange } from './zip-directory';

/** Bytes that are summed at a time. */
const PART = 1 << 24;

/** @throws InputError where a sum is not the one that the archive tells */
function requireSum(sum: number, { name, crc }: ListedMember, what: string): void {
  if (sum !== crc)
    throw new InputError(
      `${what} holds ${name} with other bytes than were written (CRC-32); it was altered or damaged, fetch or save it again.`,
    );
}

/** What compares members of an archive with their sums, each at most once. Sums that were left out (0) let all pass. */
export interface Checksums {
  /** @throws InputError for bytes of a whole member that are others than were written */
  ofBytes(member: ListedMember, bytes: Uint8Array): void;
  /**
   * Reads a member, of which only a part is wanted, in parts.
   * @param from where its bytes begin
   * @throws InputError for bytes that are others than were written
   */
  ofFile(member: ListedMember, from: number): Promise<void>;
}

/** @param what the archive in messages */
export function checksums(read: ReadRange, what: string): Checksums {
  const seen = new Set<string>();
  const isToCheck = ({ name, crc }: ListedMember): boolean => crc !== 0 && !seen.has(name);
  return {
    ofBytes(member, bytes) {
      if (!isToCheck(member)) return;
      requireSum(crc32(bytes), member, what);
      seen.add(member.name);
    },
    async ofFile(member, from) {
      if (!isToCheck(member)) return;
      let sum = 0;
      for (let at = 0; at < member.size; at += PART)
        sum = crc32(await read(from + at, from + Math.min(at + PART, member.size)), sum);
      requireSum(sum, member, what);
      seen.add(member.name);
    },
  };
}
