/** How many lists and objects may stand within one another: files of models, settings and records have a tenth of that. */
const MAX_NESTING = 500;

const TOO_DEEP = `More than ${MAX_NESTING} lists and objects stand within one another.`;

/** The items and members of lists and objects that are such themselves. */
const innerOf = (holders: readonly object[]): object[] =>
  holders.flatMap((holder) =>
    Object.values(holder as Record<string, unknown>).filter(
      (value): value is object => typeof value === 'object' && value !== null,
    ),
  );

/**
 * The value of a JSON text from elsewhere. `JSON.parse` takes any depth, and what goes through such a value afterwards, be it to check it or to
 * say what is wrong with it, calls itself until the stack is full.
 * @throws SyntaxError for what is no JSON, and for more than 500 lists and objects within one another
 * Source: RFC 8259, section 9, which lets readers limit the depth.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  let level = innerOf([[value]]);
  for (let depth = 0; level.length; depth++) {
    if (depth === MAX_NESTING) throw new SyntaxError(TOO_DEEP);
    level = innerOf(level);
  }
  return value;
}

/**
 * What is wrong with a text that `parseJson` refused, as the rest of a sentence whose subject is the text.
 * @param error what it threw
 * @param noJson what is said of a text that is no JSON (default: `is no JSON`); one that is nested too deep is told as that
 */
export const jsonFault = (error: unknown, noJson = 'is no JSON'): string =>
  (error as Partial<Error> | undefined)?.message === TOO_DEEP
    ? `holds more than ${MAX_NESTING} lists and objects within one another, and is not read`
    : noJson;
