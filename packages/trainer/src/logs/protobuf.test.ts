import { bytesField, doubleField, floatField, integerField, message, numberOf } from './protobuf';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('fields', () => {
  // The examples of the Protocol Buffers encoding guide.
  it.each([
    ['a number', integerField(1, 150), '089601'],
    ['a text', bytesField(2, 'testing'), '120774657374696e67'],
    ['a message within a message', bytesField(3, integerField(1, 150)), '1a03089601'],
    ['a large number', integerField(1, 2 ** 40), '08808080808020'],
    ['a field above 15', integerField(16, 1), '800101'],
    ['a double', doubleField(1, 1), '09000000000000f03f'],
    ['a float', floatField(2, -2), '15000000c0'],
    ['text beyond ASCII, counted in bytes', bytesField(2, 'ü'), '1202c3bc'],
    ['several', message(integerField(1, 1), integerField(2, 2)), '08011002'],
  ])('encode %s', (_, actual, expected) => {
    expect(hex(actual)).toBe(expected);
  });
});

describe('numberOf', () => {
  it('finds a number behind fields of every kind, and is 0 where there is none', () => {
    const before = [
      doubleField(1, Math.PI),
      floatField(5, 0.1),
      bytesField(7, integerField(2, 9)),
      integerField(3, 2 ** 40),
    ];
    const whole = message(...before, integerField(2, 300), integerField(4, 1));
    expect([2, 3, 4, 6].map((field) => numberOf(whole, field))).toEqual([300, 2 ** 40, 1, 0]);
    expect(numberOf(message(...before), 2)).toBe(0);
  });
});
