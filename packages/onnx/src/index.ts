export { type Agreement, type AgreementOptions, agreementOf, compareNetworks } from './agreement';
export { type ExportedNetwork, type OnnxFiles, type OnnxOptions, exportOnnx } from './export';
export { readOnnxMetadata } from './format/metadata';
export { OPSETS, type Opset } from './graph/attention';
export { ONNX_WEIGHTS, type OnnxWeights } from './graph/linear';
