export { type HostRequest, rowsPerCall, sigmaOfRows, splitRequest } from './host-request';
