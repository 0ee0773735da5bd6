export {
  type OnnxDenoiser,
  type OnnxDenoiserOptions,
  type OnnxSession,
  type OnnxTensor,
  onnxDenoiser,
} from './runtime/denoiser';
