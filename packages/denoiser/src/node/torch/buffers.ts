/** Computed, not trained: without a running average. */
const BUFFER = /(^|\.)(rotary_emb\.inv_freq|sampling_eps_(min|max))$/;

/** Whether a tensor of a checkpoint is computed and not trained. @param name in its modules */
export const isBuffer = (name: string): boolean => BUFFER.test(name);
