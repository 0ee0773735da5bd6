export { type HostRequest, noiseOf, rowsPerCall, splitRequest } from './host-request';
