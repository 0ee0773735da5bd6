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

/**
 * Registers the kernels that tfjs's WASM backend lacks, right ones where its own are wrong, and better ones where training would
 * wait: products of matrices that are transposed or batched, axes that are moved, repeated, joined and cut, running along the rows of
 * a gather and of its gradient, sums over leading axes, and tanh. Their numbers are those of tfjs's plain JavaScript, to the rounding of
 * float32. The order counts: corrections are put in front of improvements. Done once per process.
 */
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
