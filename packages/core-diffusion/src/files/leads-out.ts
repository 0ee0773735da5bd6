import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * Whether what a name within a folder leads to lies elsewhere, by symbolic links. What is not there leads nowhere.
 * @param name with `/` or the system's own sign between folders
 */
export async function leadsOut(folder: string, name: string): Promise<boolean> {
  const [root, found] = await Promise.all(
    [folder, join(folder, name)].map((path) => realpath(path).catch(() => undefined)),
  );
  if (root === undefined || found === undefined) return false;
  return found !== root && !found.startsWith(root.endsWith(sep) ? root : root + sep);
}
