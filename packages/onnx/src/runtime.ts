export type { Agreement, AgreementOptions } from './agreement';
export { readOnnxMetadata } from './format/metadata';
export {
  type OnnxDenoiser,
  type OnnxDenoiserOptions,
  type OnnxSession,
  type OnnxTensor,
  onnxDenoiser,
} from './runtime/denoiser';
export { type TrustOptions, type TrustedDenoiser, trustedDenoiser } from './runtime/trusted-denoiser';
