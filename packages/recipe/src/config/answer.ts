import { answerOf } from '@idlm/evaluation';
import type { Config } from './schema';

/** What finds the answers that must match; undefined where whole completions must. @throws InputError for what is no pattern */
export const configuredAnswer = ({ evaluation: { exactMatch } }: Config) =>
  exactMatch === 'whole' ? undefined : answerOf(exactMatch);
