import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Call, type Improvement, type WasmBackend, improve, sizeOf } from './backend';
import { onCpu } from './on-cpu';

const tensorsOf = ({ inputs }: Call): TensorInfo[] => Object.values(inputs as Record<string, TensorInfo>);

/** Of nothing plain JavaScript makes 0 for a sum and 1 for a product; its maximum is NaN. */
const isEmpty = (call: Call): boolean => tensorsOf(call).some(({ shape }) => sizeOf(shape) === 0);

/** Whether a float32 input holds NaN. */
function hasNaN(call: Call): boolean {
  const backend = call.backend as WasmBackend;
  return tensorsOf(call).some(({ dtype, dataId, shape }) => {
    if (dtype !== 'float32') return false;
    const values = backend.typedArrayFromHeap({ dtype, dataId, shape });
    for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
    return false;
  });
}

const isNoFloat = (call: Call): boolean => tensorsOf(call).some(({ dtype }) => dtype !== 'float32');

/** One-hot rows are written as integers, whatever type they are said to have: the 1 of a float would be 1.4e-45. */
const isNoInteger = ({ attrs }: Call): boolean => (attrs as { dtype?: string }).dtype !== 'int32';

/** A truth value is x ≠ 0; WASM's keeps the lowest byte of a number, so that 256 would be false. */
const becomesBool = (call: Call): boolean =>
  (call.attrs as { dtype?: string }).dtype === 'bool' && tensorsOf(call)[0]!.dtype !== 'bool';

/**
 * XNNPACK takes no filter that is narrower than its stride under "same" padding: the result stays zeros. A filter has the shape
 * [height, width, in, out], and a stride is one number for both axes or one for each.
 */
const skipsBetweenFilters = ({ inputs, attrs }: Call): boolean => {
  const [height, width] = (inputs as { filter: TensorInfo }).filter.shape as [number, number];
  const { strides, pad } = attrs as unknown as { strides: number | number[]; pad: unknown };
  const [down, right] = [strides].flat() as [number, number?];
  return pad === 'same' && (height < down || width < (right ?? down));
};

/**
 * Calls that tfjs's WASM kernels (4.22.0) answer wrongly and without an error, by kernel: reductions of nothing read foreign
 * memory, comparisons lose NaN, `sign` takes what is near zero for it, truth values of other numbers than 0 and 1 are cut to
 * a byte, and integers are read or written as floats.
 */
const WRONG: Readonly<Record<string, (call: Call) => boolean>> = {
  Sum: isEmpty,
  Mean: isEmpty,
  Prod: isEmpty,
  Max: isEmpty,
  Min: isEmpty,
  All: isEmpty,
  Any: isEmpty,
  Maximum: hasNaN,
  Minimum: hasNaN,
  Relu6: hasNaN,
  IsNan: isNoFloat,
  IsInf: isNoFloat,
  IsFinite: isNoFloat,
  Log1p: isNoFloat,
  Asinh: isNoFloat,
  Acosh: isNoFloat,
  Reciprocal: isNoFloat,
  ClipByValue: (call) => isNoFloat(call) || hasNaN(call),
  Sign: () => true,
  Cast: becomesBool,
  OneHot: isNoInteger,
  StridedSlice: () => true,
  Prelu: () => true,
  MaxPoolGrad: () => true,
  Conv2D: skipsBetweenFilters,
  DepthwiseConv2dNative: skipsBetweenFilters,
  FusedConv2D: skipsBetweenFilters,
  FusedDepthwiseConv2D: skipsBetweenFilters,
};

/** Lets plain JavaScript compute what WASM would get wrong. */
export function correctKernels(): void {
  for (const [kernelName, isWrong] of Object.entries(WRONG)) {
    const corrected: Improvement<TensorInfo | TensorInfo[]> = (call, original) =>
      isWrong(call) ? onCpu(kernelName, call) : original(call);
    improve(kernelName, corrected);
  }
}
