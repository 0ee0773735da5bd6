import fc from 'fast-check';
import { fieldReader } from './record';

const at = (place: string) => () => place;
const reader = (...fields: string[]) => fieldReader({ fields });

describe('fieldReader', () => {
  it('takes the fields that are asked for, in that order, and null where one is null or missing', () => {
    const { take } = reader('text', 'q');
    expect(take({ q: 'who', text: 'Ahab', n: 1 }, at('Line 1'))).toEqual({ texts: ['Ahab', 'who'] });
    expect(take({ text: null }, at('Line 2'))).toEqual({ texts: [null, null] });
    expect(take({ text: '', q: undefined }, at('Line 3'))).toEqual({ texts: ['', null] });
  });

  it('takes a bare text for the document where no field is named', () => {
    expect(reader('text').take('Call me', at('Line 1'))).toEqual({ texts: ['Call me'] });
    expect(() => reader('body').take('Call me', at('Line 1'))).toThrow(
      'Line 1 is a text and has no field "body"; leave data.field out.',
    );
    expect(() => reader('text', 'q').take('Call me', at('Line 1'))).toThrow(
      'Line 1 is a text and has no prompt in "q"; leave data.promptField out.',
    );
  });

  it.each([
    [null, 'null'],
    [undefined, 'nothing'],
    [7, 'a number'],
    [7n, 'a bigint'],
    [true, 'true or false'],
    [['a'], 'a list'],
  ])('refuses %p in the place of an object', (value, kind) => {
    expect(() => reader('text').take(value, at('Entry 3 of x.json'))).toThrow(
      `Entry 3 of x.json has no fields; it is no object but ${kind}. Set data.field or data.promptField.`,
    );
  });

  it.each([
    [7, 'a number'],
    [false, 'true or false'],
    [['a'], 'a list'],
    [{ a: 1 }, 'an object'],
    [new Date(0), 'a date'],
    [new Uint8Array(2), 'bytes'],
  ])('refuses %p in the place of a text', (text, kind) => {
    expect(() => reader('text').take({ text }, at('Row 2'))).toThrow(
      `Row 2 has no text in "text" but ${kind}. Set data.field or data.promptField.`,
    );
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])(
    'knows a field named %s, and misses it where an object only inherits it',
    (name) => {
      const own = JSON.parse(`{"${name}": "red"}`) as object;
      expect(reader(name).take(own, at('Line 1'))).toEqual({ texts: ['red'] });
      const { take, finish } = reader(name);
      expect(take({ team: 'red' }, at('Line 1'))).toEqual({ texts: [null] });
      expect(finish).toThrow(`Line 1 has no text in "${name}"; it has team.`);
    },
  );

  it('names a field that no object has, at the end or after a thousand of them, by the first object', () => {
    const few = reader('text', 'q');
    few.take({ text: 'a', n: 1 }, at('Line 1'));
    few.take({ text: 'b' }, at('Line 2'));
    expect(few.finish).toThrow('Line 1 has no text in "q"; it has text, n. Set data.field or data.promptField.');
    const many = reader('txt');
    for (let line = 1; line < 1000; line++) many.take({ text: 'a' }, at(`Line ${line}`));
    expect(() => many.take({ text: 'a' }, at('Line 1000'))).toThrow('Line 1 has no text in "txt"; it has text.');
    const bare = reader('txt');
    bare.take({}, at('Line 1'));
    expect(bare.finish).toThrow('Line 1 has no text in "txt"; it has no field.');
  });

  it('is content where one object in a thousand has a field, and where there is none at all', () => {
    const rare = reader('text');
    for (let line = 1; line < 999; line++) rare.take({}, at(`Line ${line}`));
    rare.take({ text: null }, at('Line 999'));
    for (let line = 1000; line < 2100; line++) rare.take({}, at(`Line ${line}`));
    expect(rare.finish).not.toThrow();
    expect(reader('text').finish).not.toThrow();
  });

  it('gives back any text as it is', () => {
    const { take } = reader('text');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => expect(take({ text }, at('Line 1')).texts).toEqual([text])),
    );
  });
});
