import { PickledDict, PickledObject, type PickleValue, memberOf } from './pickle-values';

/** Plain data: what JSON could hold. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** No settings are deeper or more; shared values may make more of a small pickle than memory holds. */
const [DEEPEST, MOST] = [32, 20_000];

/**
 * The plain data in a value: dictionaries, lists, texts and numbers, also as OmegaConf keeps them. What is none is left out.
 * @returns undefined for what is no data, and for more than settings ever are
 */
export function plainData(value: PickleValue | undefined): Plain | undefined {
  let count = 0;
  const convert = (one: PickleValue | undefined, depth: number): Plain | undefined => {
    if (depth > DEEPEST || ++count > MOST || one === undefined) return undefined;
    if (one === null || typeof one === 'boolean' || typeof one === 'number' || typeof one === 'string') return one;
    if (Array.isArray(one)) return one.map((part) => convert(part, depth + 1) ?? null);
    if (one instanceof PickledObject) {
      // OmegaConf: containers hold `_content`, leaves `_val`.
      const inner = memberOf(one.state, '_content') ?? memberOf(one.state, '_val');
      if (inner !== undefined) return convert(inner, depth + 1);
    }
    if (!(one instanceof PickledDict || (one instanceof PickledObject && one.items.length))) return undefined;
    const members = one.items.flatMap(([key, part]): [string, Plain][] => {
      const plain = typeof key === 'string' ? convert(part, depth + 1) : undefined;
      return plain === undefined ? [] : [[key as string, plain]];
    });
    return Object.fromEntries(members);
  };
  return convert(value, 0);
}

/** A member of plain data; undefined where there is none. */
export const member = (value: Plain | undefined, ...path: readonly string[]): Plain | undefined => {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined;
  return member((value as { readonly [key: string]: Plain })[key], ...rest);
};
