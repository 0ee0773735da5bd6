import * as tf from '@tensorflow/tfjs';
import { improve } from './backend';
import { improvedProduct } from './products';
import {
  aliasingIdentity,
  improvedConcat,
  improvedGather,
  improvedSplit,
  improvedTile,
  improvedTranspose,
} from './rearrangements';
import { improvedSum, unsortedSegmentSum } from './reductions';
import { improvedTanh } from './tanh';

let registered = false;

/** Registers the kernels that tfjs's WASM backend lacks, and better ones for those that training would wait for. */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  tf.registerKernel({ kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: unsortedSegmentSum });
  improve('BatchMatMul', improvedProduct);
  improve('_FusedMatMul', improvedProduct);
  improve('Transpose', improvedTranspose);
  improve('Tile', improvedTile);
  improve('GatherV2', improvedGather);
  improve('Concat', improvedConcat);
  improve('SplitV', improvedSplit);
  improve('Identity', aliasingIdentity);
  improve('Sum', improvedSum);
  improve('Tanh', improvedTanh);
}
