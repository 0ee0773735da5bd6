import { InputError } from '@idlm/core-diffusion/errors';
import { faultOf } from '../worker/fault';

it.each([
  ['memory', new RangeError('Array buffer allocation failed'), /no memory left/],
  ['memory', new Error('std::bad_alloc'), /no memory left/],
  ['input', new InputError('The prompt is empty.'), /^The prompt is empty\.$/],
  ['other', new Error('a graph of nothing'), /should not: a graph of nothing$/],
  ['other', 'text', /should not: text$/],
])('tells a fault of %s in a sentence', (kind, error, sentence) => {
  const fault = faultOf(error);
  expect([fault.kind, fault.message]).toEqual([kind, expect.stringMatching(sentence)]);
  expect(faultOf(fault)).toBe(fault);
});
