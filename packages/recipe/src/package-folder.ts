import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** The folder of this package with its presets and its schema, whether it runs from its sources or built. */
export const packageFolder = (): string => dirname(createRequire(import.meta.url).resolve('@idlm/recipe/package.json'));
