import { InputError, promptIds, templateIds, templatePieces } from '@idlm/data/texts';
import { FREE } from '@idlm/samplers';
import type { OpenModel } from '../network/open-model';

/** What is needed of a model to read a text. */
type Reader = Pick<OpenModel, 'facts' | 'tokenizer'>;

/** Ids of what is given, FREE at holes. Behind the end of a template, rows of models that have an end are at their end. */
function givenIds(text: string, { facts, tokenizer }: Reader, room: number): Int32Array {
  if (templatePieces(text).length === 1) return promptIds(text, tokenizer, facts.prompting);
  const ids = templateIds(text, tokenizer, FREE, facts.prompting);
  if (facts.padId === undefined || ids.length >= room) return ids;
  const row = new Int32Array(room).fill(facts.padId);
  row.set(ids);
  return row;
}

/** Tokens of a row that are a text's. */
export const roomOf = ({ facts }: Pick<Reader, 'facts'>): number =>
  facts.length - (facts.rowStart === undefined ? 0 : 1);

/**
 * What is held fixed in a row, [L], FREE where a token is to be written.
 * @throws InputError for a text that leaves no room, or of which the model can read nothing
 */
export function clampOf(text: string, model: Reader): Int32Array {
  const { length, rowStart } = model.facts;
  const room = roomOf(model);
  const ids = givenIds(text, model, room);
  if (ids.length > room || (ids.length === room && !ids.includes(FREE)))
    throw new InputError(
      `This takes ${ids.length} tokens, and the model writes texts of ${room}, what is given included; shorten it.`,
    );
  const clamp = new Int32Array(length).fill(FREE);
  clamp.set(ids, length - room);
  if (rowStart !== undefined) clamp[0] = rowStart;
  return clamp;
}
