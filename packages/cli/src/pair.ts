export { type PairRole, pairFolder } from './assets';
