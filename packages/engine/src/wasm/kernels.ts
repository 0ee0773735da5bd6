import * as tf from '@tensorflow/tfjs-core';
import { improve } from './backend';
import { correctKernels } from './corrections';
import { improvedGather } from './gather';
import { registerMissing } from './on-cpu';
import { improvedProduct } from './products';
import { aliasingIdentity, improvedConcat, improvedSplit, improvedTile, improvedTranspose } from './rearrangements';
import { improvedSum, unsortedSegmentSum } from './reductions';
import { improvedTanh } from './tanh';

let registered = false;

/** Registers the kernels that tfjs's WASM backend lacks, right ones where its own are wrong, and better ones where training would wait. */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  tf.registerKernel({ kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: unsortedSegmentSum });
  improve('BatchMatMul', improvedProduct('BatchMatMul'));
  improve('_FusedMatMul', improvedProduct('_FusedMatMul'));
  improve('Transpose', improvedTranspose);
  improve('Tile', improvedTile);
  improve('GatherV2', improvedGather);
  improve('Concat', improvedConcat);
  improve('SplitV', improvedSplit);
  improve('Identity', aliasingIdentity);
  improve('Sum', improvedSum);
  improve('Tanh', improvedTanh);
  correctKernels();
  registerMissing();
}
