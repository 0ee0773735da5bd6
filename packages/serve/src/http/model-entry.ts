import type { ModelEntry } from '@idlm/client';
import type { ModelSource } from '../models/served-model';

/** A model as the list of models tells of it. */
export const modelEntry = ({ id, created, facts }: ModelSource, loaded: boolean): ModelEntry => ({
  id,
  object: 'model',
  created,
  owned_by: 'idlm',
  loaded,
  ...facts,
});
