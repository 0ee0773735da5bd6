import type { EngineName } from '@idlm/engine';
import type { MpiRanks } from '@idlm/mpi';
import { threadsOfRank } from '@idlm/recipe/runs';
import { examineEngine } from './engine';
import type { Finding } from './finding';
import { examineHub } from './hub';
import { examineMpi } from './mpi';
import { examineNode } from './node';
import { examinePackages } from './packages';
import { examinePlaces } from './places';
import { examineRanks } from './ranks';

/** How an installation is looked at. */
export interface Examination {
  readonly engine: EngineName | 'auto';
  /** Processes of which this is one (default: it is alone). */
  readonly ranks?: MpiRanks;
  /** Told what is looked at. */
  readonly onLook?: (what: string) => void;
}

/** Looks at all that commands stand on, one thing after another, so that each has the machine for itself. */
export async function examine({ engine, ranks, onLook }: Examination): Promise<Finding[]> {
  const looks: readonly (readonly [string, () => Promise<Finding[]>])[] = [
    ['Node', async () => [examineNode()]],
    ['the engine', async () => examineEngine(engine, ranks && (await threadsOfRank(ranks)))],
    ['packages', examinePackages],
    ['folders', examinePlaces],
    ['the Hub', async () => [await examineHub()]],
    ['MPI', () => (ranks ? examineRanks(ranks) : examineMpi())],
  ];
  const found: Finding[] = [];
  for (const [what, look] of looks) {
    onLook?.(what);
    found.push(...(await look()));
  }
  return found;
}
