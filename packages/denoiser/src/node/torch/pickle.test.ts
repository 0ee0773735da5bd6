import { InputError } from '@idlm/core-diffusion';
import { readPickle } from './pickle';
import type { PickledObject } from './pickle-values';
import { PickledDict, PickledName, PickledReference, type PickleValue } from './pickle-values';

const read = (latin1: string): PickleValue => readPickle(Uint8Array.from(Buffer.from(latin1, 'latin1')), 'This file');

const dict = (...items: [PickleValue, PickleValue][]): PickledDict => {
  const made = new PickledDict();
  made.items.push(...items);
  return made;
};

describe('readPickle', () => {
  it('reads plain data of protocols 0, 2 and 4', () => {
    // pickle.dumps({'a': [1, -2, 300, 70000, 2**40], 'b': (True, None, 0.5)}, protocol) of Python 3.11
    const expected = dict(['a', [1, -2, 300, 70000, 2 ** 40]], ['b', [true, null, 0.5]]);
    const protocol0 = '(dp0\nVa\np1\n(lp2\nI1\naI-2\naI300\naI70000\naL1099511627776L\nasVb\np3\n(I01\nNF0.5\ntp4\ns.';
    const protocol2 =
      '\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01J\xfe\xff\xff\xffM,\x01Jp\x11\x01\x00\x8a\x06\x00\x00\x00\x00\x00\x01eX\x01\x00\x00\x00bq\x03\x88NG?\xe0\x00\x00\x00\x00\x00\x00\x87q\x04u.';
    const protocol4 =
      '\x80\x04\x95/\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(K\x01J\xfe\xff\xff\xffM,\x01Jp\x11\x01\x00\x8a\x06\x00\x00\x00\x00\x00\x01e\x8c\x01b\x94\x88NG?\xe0\x00\x00\x00\x00\x00\x00\x87\x94u.';
    for (const text of [protocol0, protocol2, protocol4]) expect(read(text)).toEqual(expected);
  });

  it('keeps calls as data: a pickle that would run a command runs none', () => {
    const before = process.env['PICKLE_RAN'];
    const called = read("cos\nsystem\n(S'touch /tmp/pickle-ran'\ntR.") as PickledObject;
    expect(called.of).toEqual(new PickledName('os', 'system'));
    expect(called.args).toEqual(['touch /tmp/pickle-ran']);
    expect(process.env['PICKLE_RAN']).toBe(before);
  });

  it('describes references, objects and their state', () => {
    const object = read('c__main__\nThing\n)\x81}X\x01\x00\x00\x00xK\x05sb.') as PickledObject;
    expect([object.of, object.state]).toEqual([new PickledName('__main__', 'Thing'), dict(['x', 5])]);
    expect(read('X\x01\x00\x00\x007Q.')).toEqual(new PickledReference('7'));
  });

  it('knows values again that are meant twice, also ones that hold themselves', () => {
    const list = read(']q\x00h\x00a.') as PickleValue[];
    expect(list[0]).toBe(list);
  });

  it('takes depth as it comes', () => {
    const depth = 200_000;
    expect(Array.isArray(read(`${']'.repeat(depth)}${'a'.repeat(depth - 1)}.`))).toBe(true);
  });

  it.each([
    ['', 'ends before its data'],
    ['K', 'ends before its data'],
    ['X\xff\xff\xff\x7fabc.', 'ends before its data'],
    ['\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.', 'ends before its data'],
    ['.', 'takes a value that is not there'],
    ['u.', 'goes back to a mark that is not there'],
    ['h\x05.', 'recalls value 5'],
    ['K\x01K\x02a.', 'appends to what is no list'],
    ['K\x01K\x02K\x03s.', 'sets items of what is no dictionary'],
    ['cos', 'ends in the middle of a line'],
    ['\x82\x01.', 'has the operation'],
  ])('refuses %j in a sentence', (text, sentence) => {
    expect(() => read(text)).toThrow(sentence);
    expect(() => read(text)).toThrow(InputError);
  });
});
