import { open } from 'node:fs/promises';
import { InputError } from '../errors';

/** A cell's text, empty where there is none. */
function textOf(value: unknown, field: string, file: string): string {
  if (value !== null && value !== undefined && typeof value !== 'string')
    throw new InputError(`Column "${field}" of ${file} holds no text; name one that does in data.field.`);
  return value ?? '';
}

/**
 * The rows of a Parquet file, as the texts of some columns; row groups are read one at a time.
 * @throws InputError if it is no Parquet file, or lacks a column
 */
export async function* readParquet(file: string, fields: readonly string[]): AsyncGenerator<string[]> {
  const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const buffer = {
      byteLength: size,
      async slice(start: number, end = size): Promise<ArrayBuffer> {
        const bytes = new Uint8Array(end - start);
        await handle.read(bytes, 0, bytes.byteLength, start);
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(buffer).catch(() => {
      throw new InputError(`${file} is no Parquet file.`);
    });
    const columns = metadata.schema.slice(1).map(({ name }) => name);
    const missing = fields.find((field) => !columns.includes(field));
    if (missing !== undefined)
      throw new InputError(
        `${file} has no column "${missing}"; it has ${columns.join(', ')}. Set data.field or data.promptField.`,
      );
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        columns: [...fields],
        rowStart,
        rowEnd,
        compressors,
      });
      for (const row of rows) yield fields.map((field) => textOf(row[field], field, file));
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}
