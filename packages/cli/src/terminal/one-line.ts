/** Characters that end a line or steer a terminal: C0 but for the tab, DEL, C1, and Unicode's own line ends. */
const CONTROLS = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029]/g;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' };

/** A text as one line that a terminal shows as it is: `\n`, `\r`, and `\u001b` for other control characters. */
export const oneLine = (text: string): string =>
  text.replaceAll(
    CONTROLS,
    (character) => NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
