import { run } from '../src/program';

/** How a command line ended: its exit code and what it wrote. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

// Each command guards the streams to the end of the process, and a test runs many.
[process.stdout, process.stderr].forEach((stream) => stream.setMaxListeners(0));

/** Runs a command line in this process. */
export async function idlm(...argv: string[]): Promise<Ended> {
  const written = { out: '', err: '' };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true)),
  ];
  try {
    const code = await run(argv);
    process.exitCode = 0;
    return { code, ...written };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

/** A model of a few thousand numbers and a few updates, on WASM. */
export const tiny = [
  '--engine',
  'wasm',
  ...[
    'data.length=12',
    'model.hidden=16',
    'model.blocks=1',
    'model.heads=2',
    'model.cond=4',
    'teacher.updates=6',
    'teacher.batch=4',
    'distillation.updates=3',
    'distillation.batch=4',
    'scorers.autoregressive.updates=2',
    'scorers.autoregressive.batch=4',
    'scorers.nGramOrder=3',
    'evaluation.samples=6',
    'evaluation.teacherSteps=[1,4]',
    'evaluation.studentSteps=[2]',
    'evaluation.compareAt=4',
    'checkpoints.every=3',
    'logs.every=1',
    'logs.samplesEvery=3',
    'sampling.steps=2',
  ].flatMap((setting) => ['--set', setting]),
];
