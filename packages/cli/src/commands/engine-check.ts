import type { EngineName, EngineOptions } from '@idlm/engine';
import { type Checked, type EngineCheck, checkEngine } from '@idlm/engine/check';
import { EXIT, type Terminal, alignedTable } from '../terminal';

/** Options of `idlm engine check`. */
export interface EngineCheckOptions {
  readonly engine: EngineName | 'auto';
  readonly compile: NonNullable<EngineOptions['compile']>;
  readonly precision?: EngineOptions['precision'];
}

const worstOf = (all: readonly Checked[]): Checked =>
  all.reduce((worst, one) => ((one.error ?? Infinity) > (worst.error ?? Infinity) ? one : worst));

/** A row on some comparisons that belong together. */
function row(name: string, all: readonly Checked[]): string[] {
  const passed = all.filter((one) => one.passed).length;
  const { error, name: worst } = worstOf(all);
  const largest = error === undefined ? '-' : error.toExponential(1);
  return [
    name,
    `${passed} of ${all.length}`,
    largest,
    all.length > 1 ? worst : '',
    passed === all.length ? 'pass' : 'FAIL',
  ];
}

function failureLine({ name, error, tolerance, problem }: Checked): string {
  return `${name}: ${problem ?? `differs by ${error!.toExponential(1)}, more than ${tolerance}`}`;
}

function rateLines({ engine, rate: { opByOp, compiled } }: EngineCheck): string[] {
  const step = `training step: ${opByOp.toFixed(1)} ms op by op`;
  const ratio =
    compiled === undefined
      ? ''
      : `, ${compiled.toFixed(1)} ms compiled (${(opByOp / compiled).toFixed(2)} times as fast)`;
  return [`matmul: ${engine.gigaflops.toFixed(1)} GFLOP/s in ${engine.precision}`, step + ratio];
}

function describe(check: EngineCheck): string {
  const { engine, operations, compiledOperations, training } = check;
  const groups: (readonly [string, readonly Checked[]])[] = [
    ['operations, op by op', operations],
    ...(compiledOperations ? [['operations, compiled', compiledOperations] as const] : []),
    ...training.map((one) => [`training, ${one.name}`, [one]] as const),
  ];
  const failures = groups.flatMap(([group, all]) =>
    all.filter((one) => !one.passed).map((one) => `FAIL ${group}: ${failureLine(one)}`),
  );
  return [
    `${engine.name} (${engine.version}) on ${engine.devices.join(', ')}, against plain JavaScript`,
    alignedTable([['', 'pass', 'largest error', 'of', ''], ...groups.map(([name, all]) => row(name, all))]),
    ...failures,
    ...rateLines(check),
  ].join('\n');
}

/** `idlm engine check`: whether the engine computes what it should, and how fast; exit code 1 if it does not. */
export async function engineCheck(
  { engine, compile, precision }: EngineCheckOptions,
  terminal: Terminal,
): Promise<void> {
  const check = await checkEngine({ prefer: engine, compile, precision });
  terminal.result(check, () => describe(check));
  if (!check.passed) process.exitCode = EXIT.fault;
}
