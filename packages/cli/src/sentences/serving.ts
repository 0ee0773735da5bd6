/** What is said of a model whose calls hold up all else: threads of WASM know the networks of idlm, and those that a module of --import registers. */
export const blockingNote = (runtime: string): string =>
  `its calls hold up all else; ${runtime === 'wasm' ? 'its type of network is registered in this thread alone; name the module that registers it with --import' : 'leave --engine out, or give wasm'}`;
