export { writeFileAtomically } from './files/atomic-file';
export { writeFlushed } from './files/flushed-file';
export { isProcessAlive } from './files/process-alive';
