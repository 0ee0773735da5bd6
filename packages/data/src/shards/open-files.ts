import { closeSync, openSync } from 'node:fs';

/** Files that are kept open between reads, a bounded number of them. */
export interface OpenFiles {
  /** Opens a file unless it is open, and keeps it so until `use` is done with its descriptor. */
  withFile<Result>(path: string, use: (descriptor: number) => Promise<Result>): Promise<Result>;
  /** The same, at once. */
  withFileNow<Result>(path: string, use: (descriptor: number) => Result): Result;
}

/** @param most files that stay open while nobody reads them */
export function openFiles(most = 64): OpenFiles {
  const files = new Map<string, { readonly descriptor: number; readers: number }>();
  const take = (path: string) => {
    const file = files.get(path) ?? { descriptor: openSync(path, 'r'), readers: 0 };
    // The one that was read last stands last.
    files.delete(path);
    files.set(path, file);
    file.readers++;
    return file;
  };
  const closeSome = () => {
    for (const [path, { descriptor, readers }] of files) {
      if (files.size <= most) return;
      if (readers) continue;
      files.delete(path);
      closeSync(descriptor);
    }
  };
  return {
    async withFile(path, use) {
      const file = take(path);
      try {
        return await use(file.descriptor);
      } finally {
        file.readers--;
        closeSome();
      }
    },
    withFileNow(path, use) {
      const file = take(path);
      try {
        return use(file.descriptor);
      } finally {
        file.readers--;
        closeSome();
      }
    },
  };
}
