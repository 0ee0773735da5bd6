import { type Override, type PartlyRead, override } from '@idlm/recipe/config';
import { holdsJson } from '@idlm/recipe/text';
import type { ConfigOptions } from '../flags/config-flags';
import type { GivenOptions } from './given-texts';
import { wholeNumber } from './shared';
import type { WrittenModel } from './written-model';

/** Options of `idlm sample`. */
export interface SampleOptions extends ConfigOptions, GivenOptions {
  /** Default: the student that comes with the package. */
  readonly model?: string;
  readonly count?: string;
  readonly steps?: string;
  readonly length?: string;
  readonly block?: string;
  readonly sampler?: string;
  readonly pattern?: string;
  readonly temperature?: string;
  readonly topP?: string;
  readonly topK?: string;
  readonly guidance?: string;
  readonly unconditional?: string;
  readonly classifier?: string;
  readonly separator?: string;
  readonly frames?: boolean;
  /** Whether it is only said what would be done. */
  readonly dryRun?: boolean;
}

const parsedFlags = ({ steps, sampler, block, temperature, topP, topK, ...guiding }: SampleOptions): Override[] =>
  Object.entries({
    'sampling.steps': { flag: '--steps', text: steps && String(wholeNumber('--steps', steps)) },
    'sampling.block': { flag: '--block', text: block },
    'sampling.sampler': { flag: '--sampler', text: sampler },
    'sampling.temperature': { flag: '--temperature', text: temperature },
    'sampling.nucleus': { flag: '--top-p', text: topP },
    'sampling.topK': { flag: '--top-k', text: topK },
    'sampling.guidance': { flag: '--guidance', text: guiding.guidance },
    'sampling.classifier': { flag: '--classifier', text: guiding.classifier },
  }).flatMap(([field, { flag, text }]) => (text === undefined ? [] : [override(field, text, flag)]));

/** Texts as they are, whatever they would be as YAML. */
export const sampleFlags = ({ pattern, unconditional, ...flags }: SampleOptions): Override[] => [
  ...parsedFlags(flags),
  ...Object.entries({ pattern, unconditional }).flatMap(([name, value]) =>
    value === undefined ? [] : [{ path: ['sampling', name], value, origin: `--${name}` }],
  ),
];

/** What is read of models of some kinds, or with other options, alone. */
export const readBySampling = (
  { prompts = '' }: SampleOptions,
  { model: { network }, stored, hasRecords }: WrittenModel,
): PartlyRead[] => [
  {
    fields: [
      ...['sampling.steps', 'sampling.sampler', 'sampling.spacing', 'sampling.block'],
      ...['sampling.guidance', 'sampling.unconditional', 'sampling.classifier'],
      ...['family', 'model.timeConditioning'],
    ],
    isRead: !network.config.causal,
    otherwise: 'an autoregressive model has no kind of diffusion, and writes one token per step',
  },
  {
    fields: ['engine.name', 'engine.precision', 'engine.compile'],
    isRead: stored.graph === undefined,
    otherwise: 'an ONNX file is run by ONNX Runtime, and by no engine',
  },
  {
    fields: ['data.windowEnds'],
    isRead: !hasRecords,
    otherwise: 'the run of the model tells how its rows began',
  },
  { fields: ['data.promptField'], isRead: holdsJson(prompts), otherwise: 'it names a field of --prompts in JSONL' },
];
