import { createRegistry } from '../registry';
import { type Vocabulary, entryOf } from './choice';
import { d3pm } from './d3pm/absorbing';
import { d3pmChoice } from './d3pm/options';
import { uniformD3pm } from './d3pm/uniform';
import { duo } from './duo/duo';
import { duoChoice } from './duo/options';
import type { Family } from './family';
import { mdlm } from './mdlm/mdlm';
import { mdlmChoice } from './mdlm/options';
import { seddChoice } from './sedd/options';
import { sedd } from './sedd/sedd';
import { udlmChoice } from './udlm/options';
import { udlm } from './udlm/udlm';

/** The families by name. */
export const families = createRegistry<Family, Vocabulary>('family');

families.register('mdlm', entryOf(mdlmChoice, mdlm));
families.register('udlm', entryOf(udlmChoice, udlm));
families.register('duo', entryOf(duoChoice, duo));
families.register('sedd', entryOf(seddChoice, sedd));
families.register(
  'd3pm',
  entryOf(d3pmChoice, (options) => ('maskId' in options ? d3pm(options) : uniformD3pm(options))),
);
