/**
 * The first key that an object in the JSON text has twice, if any. `JSON.parse` keeps the last of them silently, so that
 * two readers of one file could see two things.
 * @param json valid JSON
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  // In valid JSON a string before a colon is a key, and no other string stands there.
  for (const [text, colon] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g)) {
    if (text === '{') open.push(new Set());
    else if (text === '}') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(text.slice(0, -colon.length)) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
