import { type FileHandle, open } from 'node:fs/promises';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { InputError, isInputError } from '../../errors';
import { beginningOf } from './bytes';
import { checkText } from './format';
import { type FileRequest, type TextRecord, fieldReader } from './record';

/** A file as hyparquet reads it. */
function bufferOf(handle: FileHandle, size: number): AsyncBuffer {
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(bytes.length - at, 1 << 30), start + at);
        if (!bytesRead) throw new Error('the file ends early');
        at += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

/** @throws InputError if a field is no column, or one that holds something else than text */
function checkColumns({ file, fields }: FileRequest, children: readonly SchemaTree[]): void {
  const names = children.map(({ element }) => element.name);
  for (const field of fields) {
    const column = children.find(({ element }) => element.name === field);
    if (!column)
      throw new InputError(
        `${file} has no column "${field}"; it has ${names.join(', ')}. Set data.field or data.promptField.`,
      );
    const { type = 'a nested structure' } = column.element;
    if (column.children.length || type !== 'BYTE_ARRAY')
      throw new InputError(
        `Column "${field}" of ${file} holds no text but ${type}; it has ${names.join(', ')}. Set data.field or data.promptField.`,
      );
  }
}

/** @throws InputError naming file and columns in the place of whatever a reader below throws */
async function reading<Result>(what: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (isInputError(error)) throw error;
    throw new InputError(`${what} cannot be read (${(error as Error).message}); it may be damaged or cut off.`);
  }
}

async function metadataOf(request: FileRequest, buffer: AsyncBuffer): Promise<FileMetaData> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const start = await beginningOf(request.file);
  if (!start.subarray(0, 4).equals(Buffer.from('PAR1'))) {
    checkText(request.file, start);
    throw new InputError(`${request.file} is no Parquet file.`);
  }
  const metadata = await parquetMetadataAsync(buffer).catch((error: Error) => {
    throw new InputError(`${request.file} is no Parquet file, or is cut off (${error.message}).`);
  });
  const { children } = await reading(`The schema of ${request.file}`, async () => parquetSchema(metadata));
  checkColumns(request, children);
  return metadata;
}

/** A row whose texts are decoded; writers of old leave out that a column of bytes is one of texts. */
function decoded(row: Record<string, unknown>, where: () => string): Record<string, unknown> {
  const texts = Object.entries(row).map(([name, value]) => {
    if (!(value instanceof Uint8Array)) return [name, value];
    try {
      return [name, new TextDecoder('utf-8', { fatal: true }).decode(value)];
    } catch {
      throw new InputError(`${where()} holds bytes in "${name}" that are no UTF-8 text.`);
    }
  });
  return Object.fromEntries(texts) as Record<string, unknown>;
}

/** The rows of a Parquet file, one group of them at a time. */
export async function* readParquet(request: FileRequest): AsyncGenerator<readonly TextRecord[]> {
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const { file, fields, onBytes } = request;
  const reader = fieldReader(request);
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const buffer = bufferOf(handle, size);
    const metadata = await metadataOf(request, buffer);
    const columns = [...new Set(fields)];
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await reading(`Column ${columns.map((name) => `"${name}"`).join(', ')} of ${file}`, () =>
        parquetReadObjects({ file: buffer, metadata, columns, rowStart, rowEnd, compressors, utf8: false }),
      );
      onBytes?.((size * (rowEnd - rowStart)) / Number(metadata.num_rows));
      yield rows.map((row, i) => {
        const where = () => `Row ${rowStart + i + 1} of ${file}`;
        return reader.take(decoded(row, where), where);
      });
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}
