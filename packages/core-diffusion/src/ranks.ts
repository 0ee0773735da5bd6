/** Several processes that work on one thing together: what they ask of one another. No tensor library stands behind it. */
export { InputError } from './errors';
export { anyRank, firstThenOthers, fromFirst, together } from './ranks/agreement';
export { type Communicator, type DeviceNumbers, type Wire, oneRank } from './ranks/communicator';
export { ranksInMemory } from './ranks/in-memory';
export { type Share, gatherNumbers, shareOf } from './ranks/share';
