import { basename } from 'node:path';
import type { Making, Origin } from '@idlm/denoiser';
import { VERSION } from '../version';
import type { Trained } from './run-manifest';

/** What a trained network's folder tells of its origin is made from. */
export type OriginSource = Pick<Trained, 'role' | 'config' | 'corpus' | 'identity'>;

/** What a student is made by and from. */
function ofStudent({ role, config, identity }: OriginSource): Making {
  if (role !== 'student') return {};
  const teacher = identity?.['teacher'];
  return { objective: config.distillation.objective, ...(typeof teacher === 'string' ? { teacher } : {}) };
}

/**
 * What a trained network is and how it was made. The text is named without its folder, which is nobody else's.
 * @param more what is known of its end, such as its updates
 */
export const originOfTrained = (
  trained: OriginSource,
  more: Making = {},
): Origin & Required<Pick<Origin, 'role' | 'made'>> => ({
  role: trained.role,
  ...(trained.config.imports.length ? { imports: trained.config.imports } : {}),
  made: {
    ...ofStudent(trained),
    data: {
      corpus: basename(trained.config.data.corpus),
      hash: trained.corpus.facts.hash,
      heldOut: trained.config.data.heldOut,
    },
    seed: trained.config.seed,
    versions: { idlm: VERSION, node: process.versions.node },
    ...more,
  },
});
