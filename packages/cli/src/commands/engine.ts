import { type EngineName, type InstallOptions, describeEngine, installNative, openEngine } from '@idlm/engine';
import { type Terminal, terminalReporter } from '../terminal';

/** `idlm engine install`. */
export async function engineInstall(options: InstallOptions, terminal: Terminal): Promise<void> {
  const reporter = terminalReporter(terminal);
  const installation = await installNative({
    ...options,
    onProgress: ({ message, received, total }) =>
      received !== undefined && total ? reporter.progress(message, received, total) : reporter.note(message),
  });
  terminal.result(installation, () => installation.home);
}

/** `idlm engine info`. */
export async function engineInfo(
  { engine = 'auto' }: { readonly engine?: EngineName | 'auto' },
  terminal: Terminal,
): Promise<void> {
  const info = describeEngine(await openEngine({ prefer: engine }));
  const lines = [
    `engine     ${info.name} (${info.version})`,
    `why        ${info.reason}`,
    `devices    ${info.devices.join(', ')}`,
    `threads    ${info.threads}`,
    `matmul     ${info.gigaflops.toFixed(1)} GFLOP/s (float32, measured)`,
    `native     ${info.native ? `${info.native.path} (${info.native.origin})` : 'not installed; "idlm engine install" brings it'}`,
  ];
  terminal.result(info, () => lines.join('\n'));
}
