import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Metafile, build } from 'esbuild';

/** A script for browsers of an entry beside this file, and what went into it. */
export async function bundled(entry: string): Promise<{ readonly code: string; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(dirname(fileURLToPath(import.meta.url)), entry)],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    conditions: ['@idlm/source'],
    logLevel: 'silent',
    metafile: true,
    write: false,
  });
  return { code: outputFiles[0]!.text, metafile };
}
