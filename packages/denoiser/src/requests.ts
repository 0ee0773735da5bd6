export { type HostRequest, rowsPerCall, splitRequest } from './host-request';
