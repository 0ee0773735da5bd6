import type { EngineName } from '@idlm/engine';

/** The quickstart's configuration on an engine, as `--set` would give it. */
export interface QuickstartSettings {
  readonly settings: readonly string[];
  /** Steps that the student must save at the least for the quickstart's claim. */
  readonly claim: number;
  /** Folder of a teacher to start from, within `assets`; absent: one is trained. */
  readonly teacher?: string;
}

/** Sized for at most five minutes on two cores. */
const NATIVE: QuickstartSettings = {
  claim: 16,
  settings: [
    'teacher.updates=1300',
    'distillation.updates=250',
    'evaluation.samples=256',
    'evaluation.teacherSteps=[1,2,4,8,16,32,64,256]',
    'evaluation.studentSteps=[1,2,4,8,16]',
  ],
};

/** Training is some twenty times slower here, so the teacher comes with the package; its file says how it was trained. */
const WASM: QuickstartSettings = {
  claim: 8,
  teacher: 'teacher',
  settings: [
    'model.hidden=64',
    'model.blocks=2',
    'model.heads=2',
    'data.length=32',
    'distillation.updates=120',
    'distillation.batch=32',
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
  'evaluation.teacherSteps=[1,8,256]',
  'evaluation.studentSteps=[1,8]',
];

/** The kinds of diffusion that the quickstart shows. */
export const QUICKSTART_FAMILIES = ['mdlm', 'duo', 'sedd'] as const;

/** One of them. */
export type QuickstartFamily = (typeof QUICKSTART_FAMILIES)[number];

/** What sets a family's quickstart apart. */
const FAMILIES: Readonly<Record<QuickstartFamily, readonly string[]>> = {
  mdlm: [],
  duo: ['family=duo'],
  sedd: ['family=sedd'],
};

/** The quickstart's settings for a family on an engine. */
export function quickstartSettings(engine: EngineName, family: QuickstartFamily, smoke: boolean): QuickstartSettings {
  const base = engine === 'native' ? NATIVE : WASM;
  const chosen = { ...base, settings: [...base.settings, ...FAMILIES[family]] };
  return smoke ? { ...chosen, settings: [...chosen.settings, ...SMOKE] } : chosen;
}
