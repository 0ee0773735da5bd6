import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors';
import type { WheelPin } from './pins';
import { reasonIn, run } from './run';

/** A way of getting packages that the user's Python brings: a program with its first arguments. */
export type PythonTool = { readonly via: 'pip' | 'uv'; readonly command: readonly string[] };

/** The pip of a Python on the path, if there is one. */
export async function findPip(): Promise<PythonTool | undefined> {
  for (const python of ['python3', 'python']) {
    const command = [python, '-m', 'pip'];
    if ((await run(python, ['-m', 'pip', '--version'])).code === 0) return { via: 'pip', command };
  }
  return undefined;
}

/** uv on the path, if it is there. */
export const findUv = async (): Promise<PythonTool | undefined> =>
  (await run('uv', ['--version'])).code === 0 ? { via: 'uv', command: ['uv', 'pip'] } : undefined;

const UV_PLATFORMS: readonly (readonly [RegExp, string])[] = [
  [/aarch64$/, 'aarch64-manylinux_2_17'],
  [/^manylinux/, 'x86_64-manylinux_2_17'],
  [/^macosx/, 'aarch64-apple-darwin'],
];

/** pip keeps the wheel as a file; uv has no such command and unpacks it. */
function argumentsFor({ via }: PythonTool, wheel: WheelPin, requirements: string, folder: string): string[] {
  const common = ['--no-deps', '--only-binary', ':all:', '--python-version', '3.11', '-r', requirements];
  if (via === 'uv') {
    const platform = UV_PLATFORMS.find(([pattern]) => pattern.test(wheel.platform))![1];
    return ['install', ...common, '--target', folder, '--python-platform', platform, '--link-mode', 'copy'];
  }
  const target = ['--implementation', 'cp', '--platform', wheel.platform];
  return ['download', ...common, ...target, '--no-cache-dir', '--progress-bar', 'off', '--dest', folder];
}

/**
 * The sentence for what a tool wrote when it failed. A package that was not found counts as a network that cannot be reached where it was
 * tried again before: pip then says both.
 * @param output both streams
 */
export function explainFailure(tool: string, wheel: WheelPin, output: string): string {
  const name = `${wheel.package} ${wheel.version}`;
  if (/DO NOT MATCH THE HASHES|hash mismatch/i.test(output))
    return `${tool} got another ${name} than the pinned one (its hash differs), and nothing was installed: check your index.`;
  if (/No space left|os error 28/i.test(output)) return `The disk is full: ${tool} could not keep ${name}.`;
  if (
    /No matching distribution|not found in the (?:package )?registry|no version of/i.test(output) &&
    !/NewConnectionError|retr(?:y|ies)/i.test(output)
  )
    return `The index that ${tool} uses has no ${name} for this platform: choose another with --index-url.`;
  if (/NewConnectionError|Max retries|timed out|dns error|error sending request|Connection|Retrying/i.test(output))
    return `${tool} cannot reach its package index: check the network and the proxy, or give a wheel with --from.`;
  return `${tool} could not fetch ${name}: ${reasonIn(output)}.`;
}

/**
 * Fetches one wheel into a folder, checked against its pinned hash by the tool itself.
 * @throws InputError with the tool's reason
 */
export async function fetchWithPython(
  tool: PythonTool,
  wheel: WheelPin,
  folder: string,
  indexUrl: string | undefined,
): Promise<void> {
  const requirements = join(folder, 'requirements.txt');
  const pinned = wheel.sha256 ? ` --hash=sha256:${wheel.sha256}` : '';
  await writeFile(requirements, `${wheel.package}==${wheel.version}${pinned}\n`);
  const [command, ...start] = tool.command as [string, ...string[]];
  const args = [...start, ...argumentsFor(tool, wheel, requirements, folder)];
  if (wheel.sha256) args.push('--require-hashes');
  if (indexUrl) args.push('--index-url', indexUrl);
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0) throw new InputError(explainFailure(tool.via, wheel, `${stdout}\n${stderr}`));
}
