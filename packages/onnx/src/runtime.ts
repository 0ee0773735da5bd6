export { readOnnxMetadata } from './format/metadata';
export {
  type OnnxDenoiser,
  type OnnxDenoiserOptions,
  type OnnxSession,
  type OnnxTensor,
  onnxDenoiser,
} from './runtime/denoiser';
