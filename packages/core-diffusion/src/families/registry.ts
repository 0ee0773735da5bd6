import { familyRegistry } from './choices';
import { d3pm } from './d3pm/absorbing';
import { uniformD3pm } from './d3pm/uniform';
import { duo } from './duo/duo';
import type { Family } from './family';
import { mdlm } from './mdlm/mdlm';
import { sedd } from './sedd/sedd';
import { udlm } from './udlm/udlm';

/** The families by name. */
export const families = /* @__PURE__ */ familyRegistry<Family>(
  {
    mdlm,
    udlm,
    duo,
    sedd,
    d3pm: (options) => ('maskId' in options ? d3pm(options) : uniformD3pm(options)),
  },
  { noise: 'function', corrupt: 'function', toLogProbs: 'function', loss: 'function' },
);
