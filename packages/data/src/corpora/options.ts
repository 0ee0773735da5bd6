import { requireOneOf } from '../choices';
import { InputError } from '../errors';
import { requireNormalisation } from '../normalise';
import { checkShare } from './hold-out';
import { LAYOUTS, PADDINGS, type PrepareOptions } from './prepared';

/** @throws InputError for packed windows whose padding is not to be learned */
export function refusePadding(padding: PrepareOptions['padding']): void {
  if (padding !== undefined && padding !== 'learned')
    throw new InputError(
      'data.padding says what becomes of the padding of rows, and packed windows have none; leave it out.',
    );
}

/** @throws InputError for values that there are not, and settings that say nothing together */
export function checkOptions(options: PrepareOptions): void {
  const { layout, length, normalise, heldOut, separator, windowEnds, rowStart, padding = 'learned' } = options;
  requireOneOf('The layout of a corpus', layout, LAYOUTS);
  if (normalise !== undefined) requireNormalisation(normalise);
  requireOneOf('The padding of rows', padding, PADDINGS);
  if (!Number.isSafeInteger(length) || length < 1)
    throw new InputError(`The length of a sequence is a whole number of at least 1; ${length} was given.`);
  if (heldOut !== undefined) checkShare(heldOut);
  if (layout === 'packed') {
    refusePadding(padding);
    if (typeof rowStart !== 'number') return;
    throw new InputError(
      'The model was trained on rows, each a text of its own; set data.layout to "rows" for text that it is used with.',
    );
  }
  if ((separator ?? null) !== null)
    throw new InputError(
      'data.separator stands between packed documents, and rows have nothing between them; leave it out.',
    );
  if (windowEnds && typeof rowStart === 'number')
    throw new InputError(
      'The model was trained on rows behind a start of their own, and data.windowEnds asks for the ends of published ones; leave it out.',
    );
}
