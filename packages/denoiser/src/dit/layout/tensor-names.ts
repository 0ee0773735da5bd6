/** What frameworks and the references put before the names of a network's tensors, alone or nested. */
const WRAPPERS = ['backbone.', 'module.', '_orig_mod.', 'model.', 'net.'] as const;

/** Buffers that the references save beside their weights: computed, not trained. */
const BUFFERS = /^(rotary_emb\.inv_freq|noise\..+|sampling_eps_(min|max))$/;

/** A name without the wrappers that it begins with. */
function unwrapped(name: string): string {
  const wrapper = WRAPPERS.find((one) => name.startsWith(one));
  return wrapper ? unwrapped(name.slice(wrapper.length)) : name;
}

/** The wrappers that a name begins with. */
const wrappersOf = (name: string): string => name.slice(0, name.length - unwrapped(name).length);

/**
 * The names in a file of a network's trained tensors, by their names in the references' own modules: `backbone.`, `module.`,
 * `_orig_mod.`, `model.` and `net.`, alone or nested, are taken off where all tensors have the same; known buffers are left out.
 */
export function trainedNames(names: readonly string[]): Map<string, string> {
  const trained = names.filter((name) => !BUFFERS.test(unwrapped(name)));
  const [first = ''] = trained;
  const wrapper = trained.every((name) => wrappersOf(name) === wrappersOf(first)) ? wrappersOf(first) : '';
  return new Map(trained.map((name) => [name.slice(wrapper.length), name]));
}
