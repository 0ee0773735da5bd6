import { mkdir, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { editorSchema } from '../src/config/editor-schema';
import { configurationPage } from '../src/config/page';
import '../src/evaluation/judges';

/** Writes the JSON Schema of configurations for editors and their documentation; tests keep both current. */
const PAGES = [
  { path: '../schema/config.schema.json', text: JSON.stringify(editorSchema()), parser: 'json' },
  { path: '../../../docs/configuration.md', text: configurationPage(), parser: 'markdown' },
];

for (const { path, text, parser } of PAGES) {
  const file = new URL(path, import.meta.url);
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), parser }));
}
