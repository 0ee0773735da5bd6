import { type Entry, type Registry, createRegistry } from '../registry';
import type { Members } from '../required-members';
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

const CHOICES: { readonly [Name in keyof FamilyOptions]: FamilyChoice<FamilyOptions[Name]> } = {
  mdlm: mdlmChoice,
  udlm: udlmChoice,
  duo: duoChoice,
  sedd: seddChoice,
  d3pm: d3pmChoice,
};

const SAMPLING = { spec: 'object', schedule: 'object', process: 'object', rowToLogProbs: 'function' } as const;

/**
 * A registry of the families by name, for training or for sampling: names, descriptions and options are the same in both.
 * @param makers what makes each of its options; one that is left out does not compile
 * @param members what every family has beside what sampling needs
 */
export function familyRegistry<Value extends SamplingFamily>(
  makers: { readonly [Name in keyof FamilyOptions]: (options: FamilyOptions[Name]) => Value },
  members?: Members<Omit<Value, keyof SamplingFamily>>,
): Registry<Value, Vocabulary> {
  const entry = <Name extends keyof FamilyOptions>(name: Name): [Name, Entry<Value, Vocabulary>] => {
    const choice: FamilyChoice<FamilyOptions[Name]> = CHOICES[name];
    const make: (options: FamilyOptions[Name]) => Value = makers[name];
    const create: Entry<Value, Vocabulary>['create'] = (options, vocabulary) => make(choice.read(options, vocabulary));
    return [name, { description: choice.description, create }];
  };
  const first = Object.fromEntries((Object.keys(CHOICES) as (keyof FamilyOptions)[]).map(entry));
  return createRegistry<SamplingFamily, Vocabulary>('family', first, { ...SAMPLING, ...members }) as Registry<
    Value,
    Vocabulary
  >;
}
