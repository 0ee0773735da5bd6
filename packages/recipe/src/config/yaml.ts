import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

const require = createRequire(import.meta.url);

/** YAML's reader and writer, which are 70 files: loaded by the first who has YAML, since most commands are told all by their flags. */
export const yaml = (): typeof Yaml => require('yaml') as typeof Yaml;
