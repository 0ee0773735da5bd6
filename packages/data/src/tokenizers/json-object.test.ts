import { jsonObject } from './json-object';

describe('jsonObject', () => {
  it('is what the text holds, a byte-order mark or not', () => {
    expect(jsonObject('{"a": [1]}', 'a.json')).toEqual({ a: [1] });
    expect(jsonObject('\uFEFF{}', 'a.json')).toEqual({});
  });

  it.each([
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:0',
      'a.json is a Git LFS pointer, not the file; run git lfs pull.',
    ],
    ['{"a": ', 'a.json is no JSON.'],
    [
      `{"a": ${'['.repeat(500)}${']'.repeat(500)}}`,
      'a.json holds more than 500 lists and objects within one another, and is not read.',
    ],
    ['', 'a.json is no JSON.'],
    ['[]', 'a.json holds no JSON object.'],
    ['null', 'a.json holds no JSON object.'],
    ['"text"', 'a.json holds no JSON object.'],
  ])('refuses %j', (text, message) => {
    expect(() => jsonObject(text, 'a.json')).toThrow(message);
    expect(() => jsonObject(text, 'a.json')).toThrow(expect.objectContaining({ name: 'InputError' }));
  });
});
