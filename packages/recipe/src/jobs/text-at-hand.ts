import { InputError } from '@idlm/core-diffusion';
import type { PreparedCorpus } from '@idlm/data';
import type { LoadedConfig } from '../config/load';
import type { Config } from '../config/schema';
import { withModelData } from '../models/model-origin';
import { GIVEN_TEXT, layoutOf } from '../text/documents';
import { withGivenText } from '../text/given-text';
import type { Model } from './model';

type Data = Config['data'];

/** How a text is read, beside the tokenizer, which is that of the model. */
const settingsOfReading = ({ tokenizer: _tokenizer, ...data }: Data, normalise: Data['normalise']): Partial<Data> => ({
  ...data,
  layout: layoutOf(data as Data),
  normalise: data.normalise ?? normalise,
});

/**
 * The text of a model as this process holds it; undefined where there is none, or where another is set or it is to be read
 * otherwise, so that it is read anew.
 * @throws InputError if it is to be read otherwise and is in no file
 */
export function textAtHand({ corpus, given }: Model, loaded: LoadedConfig): PreparedCorpus | undefined {
  if (!corpus || !given.records) return undefined;
  const { config } = withModelData(loaded, given);
  const isGiven = config.data.corpus === GIVEN_TEXT;
  const { normalise } = given.tokenizer;
  const [held, wanted] = [given.records.config.data, (isGiven ? withGivenText(config) : config).data].map((data) =>
    Object.entries(settingsOfReading(data, normalise)),
  );
  const then = new Map(held);
  const differing = wanted!.find(([field, value]) => then.get(field) !== value);
  if (!differing) return corpus;
  if (!isGiven) return undefined;
  const [field, value] = differing;
  throw new InputError(
    `The text of ${given.path} was read with data.${field} ${JSON.stringify(then.get(field))}, and ${JSON.stringify(value)} is set; it is in no file to read again: leave data.${field} out, or give the text.`,
  );
}
