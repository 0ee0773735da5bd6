import { familyRegistry } from './choices';
import { d3pmSampling, uniformD3pmSampling } from './d3pm/sampling';
import { duoSampling } from './duo/sampling';
import { mdlmSampling } from './mdlm/sampling';
import type { SamplingFamily } from './sampling-family';
import { seddSampling } from './sedd/sampling';
import { udlmSampling } from './udlm/sampling';

/** The families by name as samplers see them; they take the options of `families`. */
export const samplingFamilies = /* @__PURE__ */ familyRegistry<SamplingFamily>({
  mdlm: mdlmSampling,
  udlm: udlmSampling,
  duo: duoSampling,
  sedd: seddSampling,
  d3pm: (options) => ('maskId' in options ? d3pmSampling(options) : uniformD3pmSampling(options)),
});
