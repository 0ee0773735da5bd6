import fc from 'fast-check';
import { jsonFault, parseJson } from './parse-json';

const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const objects = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

it('gives the value of any text that JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

it('refuses what is no JSON as JSON.parse does', () => {
  for (const text of ['', '{', '[1,]', 'nothing']) expect(() => parseJson(text)).toThrow(SyntaxError);
});

it('refuses lists and objects that stand too deep within one another, wherever they are', () => {
  for (const nested of [lists, objects]) {
    expect(JSON.stringify(parseJson(nested(500)))).toBe(nested(500));
    for (const text of [nested(501), `[1, ${nested(500)}]`, `{"b": [], "c": ${nested(20_000)}}`])
      expect(() => parseJson(text)).toThrow(
        new SyntaxError('More than 500 lists and objects stand within one another.'),
      );
  }
});

it('makes members of names that objects inherit, and changes nothing that all objects inherit', () => {
  const value = parseJson('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}') as object;
  expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it('tells what is nested too deep from what is no JSON', () => {
  const faultOf = (text: string, noJson?: string) => {
    try {
      return parseJson(text);
    } catch (error) {
      return jsonFault(error, noJson);
    }
  };
  for (const nested of [lists, objects])
    expect(faultOf(nested(501), 'x')).toBe('holds more than 500 lists and objects within one another, and is not read');
  expect([faultOf('{'), faultOf('{', 'was cut')]).toEqual(['is no JSON', 'was cut']);
  expect(jsonFault(undefined)).toBe('is no JSON');
});
