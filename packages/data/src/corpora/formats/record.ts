import { InputError } from '../../errors';
import type { OnBytes } from './bytes';
import type { LineEnds } from './line-ends';

/** What stands in the fields asked for; null where a field is null or missing. */
export interface TextRecord {
  readonly texts: readonly (string | null)[];
  /** The text goes on from that of the record before: a part of a long file, no document of its own. */
  readonly isContinued?: boolean;
}

/** A file to read. */
export interface FileRequest {
  readonly file: string;
  readonly fields: readonly string[];
  /** Counts the Windows line ends of texts that are changed. */
  readonly lineEnds: LineEnds;
  readonly onBytes?: OnBytes;
}

/** The records of a file, some at a time. */
export type RecordReader = (request: FileRequest) => AsyncGenerator<readonly TextRecord[]>;

/** What a value that is no text is called. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (ArrayBuffer.isView(value)) return 'bytes';
  if (value instanceof Date) return 'a date';
  return (
    { object: 'an object', boolean: 'true or false', undefined: 'nothing' }[typeof value as string] ??
    `a ${typeof value}`
  );
}

/** The field of texts where none is named. */
export const DEFAULT_FIELD = 'text';

/** What to do where a field holds no text. */
const ADVICE = 'Set data.field or data.promptField.';

/** Records in which a field is looked for before it counts as misspelt. */
const PATIENCE = 1000;

/** A text that stands where an object might: the document itself. @throws InputError for fields that it cannot have */
function bareText(text: string, [field, promptField]: readonly string[], where: () => string): TextRecord {
  if (promptField !== undefined)
    throw new InputError(`${where()} is a text and has no prompt in "${promptField}"; leave data.promptField out.`);
  if (field !== DEFAULT_FIELD)
    throw new InputError(`${where()} is a text and has no field "${field}"; leave data.field out.`);
  return { texts: [text] };
}

/** Takes the fields asked for out of objects, and notices a field that none of them has. */
export function fieldReader({ fields }: Pick<FileRequest, 'fields'>) {
  const unseen = new Set(fields);
  let first: { readonly place: string; readonly names: string } | undefined;
  let count = 0;
  const refuseUnseen = (): void => {
    const [field] = unseen;
    if (field === undefined || !first) return;
    throw new InputError(`${first.place} has no text in "${field}"; it has ${first.names || 'no field'}. ${ADVICE}`);
  };
  return {
    /**
     * @param where the record's place, such as `Line 3 of x.jsonl`
     * @throws InputError if the value is neither a text nor an object, or holds something else than text or null
     */
    take(value: unknown, where: () => string): TextRecord {
      if (typeof value === 'string') return bareText(value, fields, where);
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new InputError(`${where()} has no fields; it is no object but ${kindOf(value)}. ${ADVICE}`);
      first ??= { place: where(), names: Object.keys(value).join(', ') };
      const texts = fields.map((field) => {
        // A field may be called as what every object inherits, such as constructor.
        const isOwn = Object.hasOwn(value, field);
        const text = (isOwn ? (value as Record<string, unknown>)[field] : null) ?? null;
        if (isOwn) unseen.delete(field);
        if (text !== null && typeof text !== 'string')
          throw new InputError(`${where()} has no text in "${field}" but ${kindOf(text)}. ${ADVICE}`);
        return text;
      });
      if (++count === PATIENCE) refuseUnseen();
      return { texts };
    },
    /** To be called at the end. @throws InputError if no object had some field */
    finish: refuseUnseen,
  };
}
