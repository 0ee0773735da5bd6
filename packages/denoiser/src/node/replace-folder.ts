import * as disk from 'node:fs/promises';

/** What moves and deletes, so that tests can have it fail. */
type Renaming = Pick<typeof disk, 'rename' | 'rm'>;

/** Puts a folder in the place of another, or of none; where it cannot be put there, the other is put back. */
export async function replaceFolder(made: string, to: string, files: Renaming = disk): Promise<void> {
  const old = `${made}.old`;
  const wasThere = await files.rename(to, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return false;
    },
  );
  try {
    await files.rename(made, to);
  } catch (error) {
    if (wasThere) await files.rename(old, to);
    throw error;
  }
  await files.rm(old, { recursive: true, force: true });
}
