import type { OptionDeclarations } from '../option-declarations';
import { type DefineEntry, type Registry, createRegistry } from '../registry';
import type { ForwardProcess } from '../processes/process';
import { type Members, requireMembers } from '../required-members';
import type { FamilyChoice, Vocabulary } from './choice';
import { type D3pmOptions, type UniformD3pmOptions, d3pmChoice } from './d3pm/options';
import { type DuoOptions, duoChoice } from './duo/options';
import { type MdlmOptions, mdlmChoice } from './mdlm/options';
import type { SamplingFamily } from './sampling-family';
import { type SeddOptions, seddChoice } from './sedd/options';
import { type UdlmOptions, udlmChoice } from './udlm/options';

/** The families that come with this package, and what each is made of. */
interface FamilyOptions {
  readonly mdlm: MdlmOptions;
  readonly udlm: UdlmOptions;
  readonly duo: DuoOptions;
  readonly sedd: SeddOptions;
  readonly d3pm: D3pmOptions | UniformD3pmOptions;
}

const SAMPLING = { spec: 'object', schedule: 'object', process: 'object', slotToLogProbs: 'function' } as const;

const PROCESS: Members<ForwardProcess> = {
  ...{ kind: 'string', vocabSize: 'number', prior: 'function', transition: 'function', isOpen: 'function' },
  ...{ posterior: 'function', cleanToRates: 'function', scoresToRates: 'function', scoresToStep: 'function' },
};

/** An entry of a registry: the choice, and what makes it of its options. */
const entryOf = <Value, Made, Declared extends OptionDeclarations>(
  define: DefineEntry<Value, Vocabulary>,
  { description, options, read }: FamilyChoice<Made, Declared>,
  make: (made: Made) => Value,
) => define({ description, options, create: (given, vocabulary) => make(read(given, vocabulary)) });

/**
 * A registry of the families by name, for training or for sampling: names, descriptions and options are the same in both.
 * @param makers what makes each of its options; one that is left out does not compile
 * @param members what every family has beside what sampling needs
 */
export function familyRegistry<Value extends SamplingFamily>(
  makers: { readonly [Name in keyof FamilyOptions]: (options: FamilyOptions[Name]) => Value },
  members?: Members<Omit<Value, keyof SamplingFamily>>,
): Registry<Value, Vocabulary> {
  return createRegistry<SamplingFamily, Vocabulary>(
    'family',
    (define) => ({
      mdlm: entryOf(define, mdlmChoice, makers.mdlm),
      udlm: entryOf(define, udlmChoice, makers.udlm),
      duo: entryOf(define, duoChoice, makers.duo),
      sedd: entryOf(define, seddChoice, makers.sedd),
      d3pm: entryOf(define, d3pmChoice, makers.d3pm),
    }),
    (named, family) => {
      requireMembers<SamplingFamily>(named, family, { ...SAMPLING, ...members });
      requireMembers(`${named}'s process`, family.process, PROCESS);
    },
  ) as Registry<Value, Vocabulary>;
}
