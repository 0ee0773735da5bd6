import { blockingNote } from './serving';

it.each([
  ['native', 'its calls hold up all else; leave --engine out, or give wasm'],
  ['wasm', 'its calls hold up all else; networks of its type run in this thread alone'],
])('advises no engine that a model has already: %s', (runtime, note) => expect(blockingNote(runtime)).toBe(note));
