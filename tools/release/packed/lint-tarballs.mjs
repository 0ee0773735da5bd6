// What can be said of tarballs without installing them: manifests that fit their files, and entry points that are found alike by everybody.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** What publint has against a manifest, in sentences. */
async function manifestProblems(bytes) {
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, level: 'warning', strict: true });
  return messages.map((message) => formatMessage(message, pkg));
}

/** What an `import` or `require` of an entry would find wrong, in words. */
async function resolutionProblems(bytes) {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)));
  if (!analysis.types) return ['it has no types'];
  return analysis.problems
    .filter(({ resolutionKind }) => resolutionKind !== 'node10') // which knows no "exports"
    .map((problem) => JSON.stringify(problem));
}

/**
 * @param tarballs paths of packed packages
 * @throws Error saying of how many problems it has told on stderr
 */
export async function lintTarballs(tarballs) {
  let found = 0;
  for (const tarball of tarballs) {
    const bytes = readFileSync(tarball);
    const problems = [...(await manifestProblems(bytes)), ...(await resolutionProblems(bytes))];
    for (const problem of problems) console.error(`${basename(tarball)}: ${problem}`);
    found += problems.length;
  }
  if (found) throw new Error(`the packed packages have ${found} problems`);
  console.log(
    'manifests fit what is packed; types and code of every entry point are found alike under node16 and bundlers',
  );
}
