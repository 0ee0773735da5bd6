import { InputError } from '@idlm/core-diffusion/sampling';

/** How a grammar is expanded. */
export interface GrammarOptions {
  /** The rule that the whole text follows. */
  readonly start: string;
  /** How often a rule may stand within itself, from 0 on. */
  readonly depth: number;
}

/** Longest expression of an expanded grammar; automata of longer ones take minutes. */
const LONGEST = 200_000;

/**
 * The regular expression of a grammar whose rules stand within one another to a bounded depth: what recurs more deeply is left out.
 * @param rules each a regular expression, in which `{name}` stands for a rule
 * @throws InputError for a rule that there is not, a depth below 0, and where the expression would be longer than 200,000 characters
 * @example
 * ```ts
 * import { grammarPattern } from '@idlm/samplers/patterns';
 *
 * const lists = { list: '\\[(?:{item}(?:,{item})*)?\\]', item: '[0-9]|{list}' };
 * const pattern = new RegExp(`^(?:${grammarPattern(lists, { start: 'list', depth: 1 })})$`, 'u');
 * console.log(pattern.test('[1,[2,3],[]]'), pattern.test('[[[4]]]')); // → true false
 * ```
 */
export function grammarPattern(rules: Readonly<Record<string, string>>, { start, depth }: GrammarOptions): string {
  if (!(Number.isInteger(depth) && depth >= 0))
    throw new InputError(`The depth of a grammar is a whole number from 0 on; ${depth} was given.`);
  let length = 0;
  const expand = (name: string, within: readonly string[]): string => {
    if (!Object.hasOwn(rules, name))
      throw new InputError(`The grammar has no rule "${name}"; it has ${Object.keys(rules).join(', ') || 'none'}.`);
    // An empty class matches nothing.
    if (within.filter((outer) => outer === name).length > depth) return '[]';
    const rule = rules[name]!;
    if ((length += rule.length) > LONGEST)
      throw new InputError(
        `The grammar takes more than ${LONGEST} characters as a regular expression; lower its depth of ${depth}.`,
      );
    return rule.replace(
      /(?<!\\[pPu])\{([A-Za-z][\w-]*)\}/g,
      (_, inner: string) => `(?:${expand(inner, [...within, name])})`,
    );
  };
  return expand(start, []);
}
