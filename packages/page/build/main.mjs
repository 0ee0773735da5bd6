import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildShell } from './shell.mjs';

await buildShell(join(dirname(fileURLToPath(import.meta.url)), '../dist/shell'));
