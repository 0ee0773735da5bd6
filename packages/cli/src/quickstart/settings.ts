import type { EngineName } from '@idlm/engine';

/** The texts that the quickstart shows. */
export const QUICKSTART_DATA = ['moby-dick', 'words'] as const;

/** One of them. */
export type QuickstartData = (typeof QUICKSTART_DATA)[number];

/** The kinds of diffusion that the quickstart shows. */
export const QUICKSTART_FAMILIES = ['mdlm', 'duo', 'sedd'] as const;

/** One of them. */
export type QuickstartFamily = (typeof QUICKSTART_FAMILIES)[number];

/** The quickstart's configuration on an engine, as `--set` would give it. */
export interface QuickstartSettings {
  readonly settings: readonly string[];
  /** Times fewer steps that the student must need for the quickstart's claim; absent: see `isClaimMet`. */
  readonly claim?: number;
  /** Folder of a teacher to start from, within `assets`; absent: one is trained. */
  readonly teacher?: string;
  /** Folder of an autoregressive judge of this text, within `assets`. */
  readonly scorer?: string;
  /** Whether the teacher is also trained on for as long as the student is distilled, to compare with. */
  readonly control?: boolean;
}

/** Packed text keeps within the guard's limits with less of an anchor than padded rows, and saves more steps. */
const PACKED_ANCHOR = 'distillation.objective.options.anchor=0.05';

/** What all quickstarts share: nothing is looked at or written on the way that takes time, and every loss is in the report. */
const BRISK: readonly string[] = ['teacher.validation=null', 'logs.every=1', 'logs.samplesEvery=null'];

/** Sized for at most five minutes on two cores. */
const NATIVE: QuickstartSettings = {
  claim: 16,
  scorer: 'scorer',
  settings: [
    'teacher.updates=1300',
    'distillation.updates=250',
    'checkpoints.every=125',
    PACKED_ANCHOR,
    'distillation.guard.samples=256',
    'distillation.guard.steps=8',
    'evaluation.samples=256',
    'evaluation.teacherSteps=[1,2,4,8,16,32,64,256]',
    'evaluation.studentSteps=[1,2,4,8,16]',
  ],
};

/** Training is some twenty times slower here, so the teacher comes with the package; its file says how it was trained. */
const WASM: QuickstartSettings = {
  claim: 8,
  teacher: 'teacher',
  scorer: 'scorer',
  settings: [
    'model.hidden=64',
    'model.blocks=2',
    'model.heads=2',
    'data.length=32',
    'distillation.updates=120',
    'distillation.batch=32',
    'checkpoints.every=40',
    // A smaller teacher in shorter windows: with 0.05 the student's letters lose 2.3 % of their entropy.
    'distillation.objective.options.anchor=0.15',
    'distillation.guard.samples=192',
    'distillation.guard.steps=8',
    'evaluation.samples=192',
    'evaluation.teacherSteps=[1,2,4,8,16,32,256]',
    'evaluation.studentSteps=[1,2,4,8,16,32]',
  ],
};

/** A few minutes less of everything, to see that all parts work; it claims nothing. */
const SMOKE: readonly string[] = [
  'teacher.updates=30',
  'distillation.updates=6',
  'evaluation.samples=32',
  'evaluation.teacherSteps=[1,8,32]',
  'evaluation.studentSteps=[1,8]',
  'evaluation.compareAt=32',
  'distillation.guard.samples=16',
  'checkpoints.every=10',
];

/**
 * English words of 3 to 12 letters, each padded to a row of 12: a harder test of diversity, with its control arm. At most 12
 * calls write a row, so there are few steps to save: what is shown is quality at equal steps, and drift.
 */
const WORDS: readonly string[] = [
  'data.corpus=words',
  'data.length=12',
  // Rows that show their beginning: the relaxation and anchor that keep word lengths (docs/results.md).
  'distillation.objective.options.relaxation=simplex',
  'distillation.objective.options.anchor=1',
  'distillation.guard.samples=1024',
  'distillation.guard.steps=8',
  'evaluation.samples=1024',
  'evaluation.teacherSteps=[1,2,4,8,16,32,256]',
  'evaluation.studentSteps=[1,2,4,8]',
];

const NATIVE_WORDS: QuickstartSettings = {
  control: true,
  settings: [
    ...WORDS,
    'teacher.updates=1500',
    'teacher.batch=256',
    'distillation.updates=300',
    'distillation.batch=256',
    'checkpoints.every=150',
  ],
};

const WASM_WORDS: QuickstartSettings = {
  control: true,
  settings: [
    ...WORDS,
    'model.hidden=64',
    'model.blocks=2',
    'model.heads=2',
    'teacher.updates=800',
    'teacher.batch=64',
    'distillation.updates=150',
    'distillation.batch=64',
    'checkpoints.every=50',
  ],
};

const SETTINGS: Readonly<Record<QuickstartData, Readonly<Record<'native' | 'other', QuickstartSettings>>>> = {
  'moby-dick': { native: NATIVE, other: WASM },
  words: { native: NATIVE_WORDS, other: WASM_WORDS },
};

/** What sets a family's quickstart apart. */
const FAMILIES: Readonly<Record<QuickstartFamily, readonly string[]>> = {
  mdlm: [],
  duo: ['family=duo'],
  sedd: ['family=sedd'],
};

/** Trains a small teacher where the one that comes with the package is of another family. */
const withoutAlienTeacher = (chosen: QuickstartSettings, family: QuickstartFamily): QuickstartSettings =>
  chosen.teacher && family !== 'mdlm'
    ? {
        ...chosen,
        teacher: undefined,
        settings: [...chosen.settings, 'teacher.updates=500', 'teacher.batch=32'],
      }
    : chosen;

/** What a quickstart is about. */
export interface QuickstartChoice {
  readonly engine: EngineName;
  readonly data: QuickstartData;
  readonly family: QuickstartFamily;
  readonly smoke: boolean;
}

/** The quickstart's settings for a text and a family on an engine. */
export function quickstartSettings({ engine, data, family, smoke }: QuickstartChoice): QuickstartSettings {
  const base = withoutAlienTeacher(SETTINGS[data][engine === 'native' ? 'native' : 'other'], family);
  const chosen = { ...base, settings: [...BRISK, ...base.settings, ...FAMILIES[family]] };
  return smoke ? { ...chosen, settings: [...chosen.settings, ...SMOKE] } : chosen;
}
