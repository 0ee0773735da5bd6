export { denoiserConformance } from './conformance/denoiser-checks';
