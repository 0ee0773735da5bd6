import { blockingNote } from './serving';

it.each([
  ['native', 'its calls hold up all else; leave --engine out, or give wasm'],
  [
    'wasm',
    'its calls hold up all else; its type of network is registered in this thread alone; name the module that registers it with --import',
  ],
])('advises no engine that a model has already: %s', (runtime, note) => expect(blockingNote(runtime)).toBe(note));
