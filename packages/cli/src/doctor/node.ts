import manifest from '../../package.json' with { type: 'json' };
import type { Finding } from './finding';

const numbersOf = (version: string): number[] => version.replace(/^\D+/, '').split('.').map(Number);

/** Whether one version is at least another; numbers that either does not tell count as 0. */
export function isAtLeast(version: string, least: string): boolean {
  const [own, other] = [numbersOf(version), numbersOf(least)];
  const at = other.findIndex((number, i) => number !== (own[i] ?? 0));
  return at < 0 || (own[at] ?? 0) > other[at]!;
}

/** What runs this. @param version as Node tells it, such as `v22.11.0` */
export function examineNode(version = process.version): Finding {
  const least = manifest.engines.node.replace('>=', '');
  const found = `${version.replace('v', '')} on ${process.platform} (${process.arch})`;
  if (isAtLeast(version, least)) return { what: 'Node', state: 'ok', found };
  return { what: 'Node', state: 'error', found, advice: `install Node ${least} or newer` };
}
