export { writeFileAtomically } from './files/atomic-file';
export { WEIGHTS_FILE, WEIGHTS_INDEX_FILE, isCompanionFile, weightMapOf } from './files/model-files';
export { writeFlushed } from './files/flushed-file';
export { leadsOut } from './files/leads-out';
export { nearestExisting } from './files/nearest-existing';
export { isProcessAlive } from './files/process-alive';
export { type PackageProgram, packageProgram } from './threads/package-program';
export { type WorkerProgram, workerProgram } from './threads/worker-program';
