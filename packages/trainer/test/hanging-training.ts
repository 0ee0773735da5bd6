import { watchdog } from '../src/health/watchdog';

// Makes no update, and holds its thread until it is killed, as an engine that hangs does.
watchdog(100, 2);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
