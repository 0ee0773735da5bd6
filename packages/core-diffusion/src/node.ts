export { writeFileAtomically } from './files/atomic-file';
export { writeFlushed } from './files/flushed-file';
