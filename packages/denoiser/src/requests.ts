export { type HostRequest, rowsPerCall, sigmaOfRows, splitRequest } from './host-request';
export { joinedNumbers } from './joined-numbers';
