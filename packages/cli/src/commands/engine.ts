import { type CompileMode, type EngineName, describeEngine, openEngine } from '@idlm/engine';
import type { InstallOptions } from '@idlm/engine/install';
import { describePrecision } from '../sentences/precision';
import { type Terminal, terminalReporter } from '../terminal';

/** `idlm engine install`. */
export async function engineInstall(options: InstallOptions, terminal: Terminal): Promise<void> {
  const reporter = terminalReporter(terminal);
  const { installNative } = await import('@idlm/engine/install');
  const installation = await installNative({
    ...options,
    onProgress: ({ message, received, total }) =>
      received !== undefined && total ? reporter.progress(message, received, total) : reporter.note(message),
  });
  terminal.result(installation, () => installation.home);
}

const COMPILING: Readonly<Record<CompileMode, string>> = {
  graph: 'whole steps, by the graph executor',
  xla: 'whole steps, by XLA',
  off: 'op by op',
};

/** `idlm engine info`. */
export async function engineInfo(
  { engine = 'auto' }: { readonly engine?: EngineName | 'auto' },
  terminal: Terminal,
): Promise<void> {
  const info = describeEngine(await openEngine({ prefer: engine }));
  const { model, cores, features } = info.processor;
  const lines = [
    `engine     ${info.name} (${info.version})`,
    `why        ${info.reason}`,
    `devices    ${info.devices.join(', ')}`,
    `threads    ${info.threads}`,
    `compile    ${COMPILING[info.compiling]}`,
    `precision  ${describePrecision(info)}`,
    ...(info.oneDnn === undefined ? [] : [`oneDNN     ${info.oneDnn ? 'on' : 'off (TF_ENABLE_ONEDNN_OPTS=0)'}`]),
    `processor  ${model}, ${cores} cores to use: ${features.join(' ') || 'features unknown'}`,
    `matmul     ${info.gigaflops.toFixed(1)} GFLOP/s (measured)`,
    `native     ${info.native ? `${info.native.path} (${info.native.origin})` : 'not installed; "idlm engine install" brings it'}`,
  ];
  terminal.result(info, () => lines.join('\n'));
}
