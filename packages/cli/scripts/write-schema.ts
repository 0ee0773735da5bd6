import { mkdir, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { configJsonSchema } from '../src/config/fields';

/** Writes the JSON Schema of configurations for editors; a test keeps it current. */
const path = new URL('../schema/config.schema.json', import.meta.url);
await mkdir(new URL('.', path), { recursive: true });
const style = await resolveConfig(path);
await writeFile(path, await format(JSON.stringify(configJsonSchema()), { ...style, parser: 'json' }));
