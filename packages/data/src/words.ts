/** The distinct words of a text, split at spaces. */
export const wordsOf = (text: string): Set<string> => new Set(text.split(/\s+/).filter(Boolean));
