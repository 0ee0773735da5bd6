import { readOptions } from '../options';
import { createRegistry } from '../registry';
import { absorbing } from './absorbing';
import type { ForwardProcess } from './process';
import { uniform } from './uniform';

/** The forward processes by name. */
export const processes = createRegistry<ForwardProcess>('forward process');

processes.register('absorbing', {
  description: 'tokens become the mask',
  create: (options) =>
    absorbing({
      vocabSize: NaN,
      maskId: NaN,
      ...readOptions('the absorbing process', options, { vocabSize: 'number', maskId: 'number' }),
    }),
});
processes.register('uniform', {
  description: 'tokens become any token',
  create: (options) =>
    uniform({ vocabSize: NaN, ...readOptions('the uniform process', options, { vocabSize: 'number' }) }),
});
