export { colours } from './colours';
export { EXIT, failureOf } from './failure';
export { bytes, duration, short, wrapped } from './format';
export { oneLine } from './one-line';
export { type TerminalReporter, terminalReporter } from './reporter';
export { type Interrupts, runCommand } from './run';
export { alignedTable } from './table';
export { type Terminal, createTerminal, terminalFor } from './terminal';
