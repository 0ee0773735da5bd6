import { InputError } from '../errors';
import { bodyOf, request } from './http';
import type { WheelPin } from './pins';
import type { IndexSettings } from './settings';

/** A file that a package index lists. */
export interface ListedFile {
  /** Its name, such as `tensorflow_cpu-2.19.1-cp311-cp311-….whl`. */
  readonly file: string;
  /** Its whole address, without the part behind `#`. */
  readonly url: string;
  /** In hex; absent where the index tells none, or one of another kind. */
  readonly sha256?: string;
}

/** As much of an answer in JSON as is read. Source: PEP 691. */
interface JsonIndex {
  readonly files: readonly { readonly filename: string; readonly url: string; readonly hashes?: { sha256?: string } }[];
}

/** A name or link of HTML as plain text: the escapes that indexes write, and no others. */
const unescape = (text: string): string =>
  text.replaceAll('&amp;', '&').replaceAll('&#43;', '+').replaceAll('%2B', '+');

/**
 * The files of a project's page.
 * @param contentType JSON (PEP 691) or HTML (PEP 503)
 * @param page address of the page, which relative addresses start from
 * @throws Error for JSON that is none, or of another shape; HTML without links lists nothing
 */
export function parseIndexPage(contentType: string, body: string, page: string): ListedFile[] {
  if (contentType.includes('json'))
    return (JSON.parse(body) as JsonIndex).files.map(({ filename, url, hashes }) => ({
      file: filename,
      url: new URL(url, page).href,
      sha256: hashes?.sha256,
    }));
  return [...body.matchAll(/<a\b[^>]*\bhref=["']([^"']+)["'][^>]*>\s*([^<]+?)\s*</gi)].map(([, link, name]) => {
    const url = new URL(unescape(link!), page);
    const sha256 = /sha256=([0-9a-f]{64})/.exec(url.hash)?.[1];
    url.hash = '';
    return { file: unescape(name!), url: url.href, sha256 };
  });
}

/** The files that an index lists on a page. @throws InputError for an answer that is none of its pages */
async function listedOn(page: string, settings: IndexSettings): Promise<ListedFile[]> {
  const response = await request(page, settings, {
    accept: 'application/vnd.pypi.simple.v1+json, text/html;q=0.5',
  });
  const body: Uint8Array[] = [];
  for await (const part of bodyOf(response)) body.push(part);
  try {
    return parseIndexPage(response.headers.get('content-type') ?? '', Buffer.concat(body).toString(), page);
  } catch (error) {
    const { origin, pathname } = new URL(page);
    throw new InputError(
      `${origin}${pathname} is no page of a package index (${(error as Error).message}): choose another with --index-url.`,
    );
  }
}

/** The platform part of a wheel's name without the version of glibc or macOS: `manylinux…x86_64`. */
const platformPattern = (platform: string): RegExp =>
  new RegExp(`-${platform.replace(/^([a-z]+)\d*_(?:\d+_\d+_)?(.+)$/, '$1[^-]*$2')}\\.`);

/**
 * The address of a wheel in an index. A version without a pin is taken by name, and with the hash that the index gives; where
 * several are built for the platform, the first counts.
 * @param indexUrl address of the index, to which the package's name is added
 * @param settings certificate and proxy by which it is reached
 * @throws InputError if the index lacks it, or knows no hash where one is needed
 */
export async function findWheel(
  indexUrl: string,
  wheel: WheelPin,
  settings: IndexSettings,
): Promise<{ url: string; sha256: string }> {
  const page = `${indexUrl.replace(/\/$/, '')}/${wheel.package}/`;
  const files = await listedOn(page, settings);
  const prefix = `${wheel.package.replaceAll('-', '_')}-${wheel.version}-`;
  const found = wheel.sha256
    ? files.find(({ file }) => file === wheel.file)
    : files.find(({ file }) => file.startsWith(prefix) && platformPattern(wheel.platform).test(file));
  const wanted = wheel.file || `${prefix}*-${wheel.platform}.whl`;
  if (!found)
    throw new InputError(`The index ${new URL(page).origin} does not list ${wanted}: choose another with --index-url.`);
  const sha256 = wheel.sha256 || found.sha256;
  if (!sha256)
    throw new InputError(`The index gives no sha256 for ${found.file}, which has no pinned one: choose another index.`);
  return { url: found.url, sha256 };
}
