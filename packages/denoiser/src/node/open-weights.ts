import { isTorchFile } from './find-model';
import { openTorchCheckpoint } from './torch/checkpoint-file';
import { type WeightsSource, openFolderWeights } from './weights-source';

/**
 * Opens the weights of a model: headers are read, and tensors when they are asked for. The caller closes it.
 * @param model a model folder, or a checkpoint of PyTorch, whose running average is taken where it has one
 * @throws InputError for files that are missing, damaged or unlike their index, and as `openTorchCheckpoint`
 */
export const openWeights = (model: string): Promise<WeightsSource> =>
  isTorchFile(model) ? openTorchCheckpoint(model) : openFolderWeights(model);
