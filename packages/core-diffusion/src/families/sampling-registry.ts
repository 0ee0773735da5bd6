import { createRegistry } from '../registry';
import { type Vocabulary, entryOf } from './choice';
import { d3pmChoice } from './d3pm/options';
import { d3pmSampling, uniformD3pmSampling } from './d3pm/sampling';
import { duoChoice } from './duo/options';
import { duoSampling } from './duo/sampling';
import { mdlmChoice } from './mdlm/options';
import { mdlmSampling } from './mdlm/sampling';
import type { SamplingFamily } from './sampling-family';
import { seddChoice } from './sedd/options';
import { seddSampling } from './sedd/sampling';
import { udlmChoice } from './udlm/options';
import { udlmSampling } from './udlm/sampling';

/** The families by name as samplers see them; they take the options of `families`. */
export const samplingFamilies = createRegistry<SamplingFamily, Vocabulary>('family');

samplingFamilies.register('mdlm', entryOf(mdlmChoice, mdlmSampling));
samplingFamilies.register('udlm', entryOf(udlmChoice, udlmSampling));
samplingFamilies.register('duo', entryOf(duoChoice, duoSampling));
samplingFamilies.register('sedd', entryOf(seddChoice, seddSampling));
samplingFamilies.register(
  'd3pm',
  entryOf(d3pmChoice, (options) => ('maskId' in options ? d3pmSampling(options) : uniformD3pmSampling(options))),
);
