import { createHash } from 'node:crypto';
import { jsonFault, parseJson } from '@idlm/core-diffusion/errors';

/** What a checkpoint holds, written last: a folder without it is unfinished. */
export interface CheckpointManifest {
  readonly format: 'idlm-checkpoint';
  readonly version: 1;
  /** Updates that were made. */
  readonly step: number;
  /** By their names, which lie in the checkpoint's own folder. */
  readonly files: Readonly<Record<string, FileRecord>>;
}

/** Size in bytes and sha256 of a file. */
export interface FileRecord {
  /** In bytes. */
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
}

/** Name of the manifest's file. */
export const MANIFEST = 'manifest.json';

/** Size and sha256 of some content. */
export const recordOf = (bytes: Uint8Array): FileRecord => ({
  size: bytes.byteLength,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

const isRecord = (value: unknown): value is FileRecord =>
  typeof (value as FileRecord)?.size === 'number' && typeof (value as FileRecord).sha256 === 'string';

/** A manifest from its text, or a phrase that says what is wrong with it. */
export function parseManifest(text: string, step: number): CheckpointManifest | string {
  let value: Partial<CheckpointManifest>;
  try {
    value = parseJson(text) as Partial<CheckpointManifest>;
  } catch (error) {
    return `its ${MANIFEST} ${jsonFault(error)}`;
  }
  if (value?.format !== 'idlm-checkpoint') return `its ${MANIFEST} is of another format`;
  if (value.version !== 1) return `it has version ${String(value.version)} and this program reads version 1`;
  if (value.step !== step) return `its ${MANIFEST} is of step ${String(value.step)}`;
  const files = Object.entries(value.files ?? {});
  const plain = files.every(([name, record]) => isRecord(record) && !/[\\/]/.test(name));
  return plain && files.length > 0 ? (value as CheckpointManifest) : `its ${MANIFEST} lists no valid files`;
}

/** What is wrong with a file, as a phrase; undefined if it is as recorded. */
export function problemOf(name: string, bytes: Uint8Array, { size, sha256 }: FileRecord): string | undefined {
  if (bytes.byteLength !== size) return `${name} has ${bytes.byteLength} of ${size} bytes`;
  return recordOf(bytes).sha256 === sha256 ? undefined : `${name} was altered`;
}
