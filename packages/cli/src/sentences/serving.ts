/** What is said of a model whose calls hold up all else: threads of WASM know the networks of idlm alone. */
export const blockingNote = (runtime: string): string =>
  `its calls hold up all else; ${runtime === 'wasm' ? 'networks of its type run in this thread alone' : 'leave --engine out, or give wasm'}`;
