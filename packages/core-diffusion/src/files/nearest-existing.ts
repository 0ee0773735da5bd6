import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** A folder, or the nearest above it that is there: on its disk the folder would be made. */
export const nearestExisting = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
