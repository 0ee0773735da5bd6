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
    'distillation.updates=200',
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

/** The quickstart's settings on an engine. */
export function quickstartSettings(engine: EngineName, smoke: boolean): QuickstartSettings {
  const chosen = engine === 'native' ? NATIVE : WASM;
  return smoke ? { ...chosen, settings: [...chosen.settings, ...SMOKE] } : chosen;
}
