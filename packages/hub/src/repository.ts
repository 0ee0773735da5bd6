import { InputError } from '@idlm/core-diffusion/errors';

/** A repository of models at a revision. */
export interface Repository {
  /** Such as `kuleshov-group/mdlm-owt`. */
  readonly name: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

const PART = /^[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;

/** A commit: 40 digits of base 16. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** Whether a text may name a repository: `organisation/name`, also with `@revision` behind it or `hf:` before it. */
export function isRepositoryName(text: string): boolean {
  const [name = '', revision] = text.replace(/^hf:(\/\/)?/, '').split('@', 2);
  const parts = name.split('/');
  return parts.length === 2 && parts.every((part) => PART.test(part) && !part.includes('--')) && revision !== '';
}

/**
 * The repository that a text names, such as `kuleshov-group/mdlm-owt`, `org/name@v1.0` or `hf:org/name`.
 * @param revision where the text names none (default `main`)
 * @throws InputError if it names none, or another revision than is given
 */
export function parseRepository(text: string, revision?: string): Repository {
  if (!isRepositoryName(text))
    throw new InputError(
      `${JSON.stringify(text)} names no model of the Hub; write organisation/name, or organisation/name@revision.`,
    );
  const [name, named] = text.replace(/^hf:(\/\/)?/, '').split('@', 2);
  if (named !== undefined && revision !== undefined && named !== revision)
    throw new InputError(`${text} names the revision ${named}, and ${revision} is given; leave one of them out.`);
  return { name: name!, revision: checkRevision(named ?? revision ?? 'main') };
}

/** @throws InputError for a revision that could lead out of the folder of references */
function checkRevision(revision: string): string {
  if (/^[\w][\w./-]*$/.test(revision) && !revision.split('/').some((part) => /^\.*$/.test(part))) return revision;
  throw new InputError(`${JSON.stringify(revision)} is no revision; name a branch, a tag or a commit.`);
}
