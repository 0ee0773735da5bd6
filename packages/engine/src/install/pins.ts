/** TensorFlow whose C library the native engine runs on, and tfjs-node whose kernels it runs. */
export const VERSIONS = { tensorflow: '2.19.1', kernels: '4.22.0' } as const;

/** A wheel whose content is known. */
export interface WheelPin {
  /** The package's name in an index. */
  readonly package: string;
  readonly version: string;
  /** The wheel's name; empty where only name and version are known, and an index says the rest. */
  readonly file: string;
  /** Of the wheel, in hex; empty where it is not pinned. */
  readonly sha256: string;
  /** Size of the download. */
  readonly bytes: number;
  /** The platform for `pip download --platform`. */
  readonly platform: string;
}

/**
 * TensorFlow's wheels by platform. Any Python's wheel holds the same libraries; CPython 3.11's is taken.
 * `tensorflow-cpu` exists on x64 only; on the other platforms `tensorflow` is without CUDA as well.
 */
const TENSORFLOW: Readonly<Record<string, WheelPin>> = {
  'linux-x64': {
    package: 'tensorflow-cpu',
    version: VERSIONS.tensorflow,
    platform: 'manylinux_2_17_x86_64',
    file: 'tensorflow_cpu-2.19.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    sha256: '0b6d72bd09c267e7573757bd309f5b1e2cdb02577339991da751f3a1411e4dae',
    bytes: 251_795_484,
  },
  'linux-arm64': {
    package: 'tensorflow',
    version: VERSIONS.tensorflow,
    platform: 'manylinux_2_17_aarch64',
    file: 'tensorflow-2.19.1-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl',
    sha256: '22deedc251837f2382d2b287c705705cb089bfaf79b2274b78c08740e02bf188',
    bytes: 252_660_426,
  },
  'darwin-arm64': {
    package: 'tensorflow',
    version: VERSIONS.tensorflow,
    platform: 'macosx_12_0_arm64',
    file: 'tensorflow-2.19.1-cp311-cp311-macosx_12_0_arm64.whl',
    sha256: '8a274a1336051bef0e7e042fa5818a9d342e300d9c311c5d7933eb60e2269770',
    bytes: 252_591_021,
  },
  'linux-x64-gpu': {
    package: 'tensorflow',
    version: VERSIONS.tensorflow,
    platform: 'manylinux_2_17_x86_64',
    file: 'tensorflow-2.19.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    sha256: '8e5524eb492160576e5eeea9bb472ddc653123503f2290f83123d5ac9545750e',
    bytes: 644_896_980,
  },
};

/**
 * A wheel of NVIDIA's for CUDA 12, whose name follows from what it holds.
 * @param part such as `cuda-runtime`
 */
const cuda = (part: string, version: string, sha256: string, bytes: number): WheelPin => ({
  package: `nvidia-${part}-cu12`,
  version,
  platform: 'manylinux2014_x86_64',
  file: `nvidia_${part.replaceAll('-', '_')}_cu12-${version}-py3-none-manylinux2014_x86_64.whl`,
  sha256,
  bytes,
});

/** What `tensorflow[and-cuda]` 2.19.1 asks for on Linux x64. */
const CUDA: readonly WheelPin[] = [
  cuda('cublas', '12.5.3.2', 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b', 363_313_169),
  cuda('cuda-cupti', '12.5.82', 'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953', 13_811_507),
  cuda('cuda-nvcc', '12.5.82', 'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0', 22_468_537),
  cuda('cuda-nvrtc', '12.5.82', '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd', 24_873_108),
  cuda('cuda-runtime', '12.5.82', '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115', 895_707),
  cuda('cudnn', '9.3.0.75', '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d', 577_163_502),
  cuda('cufft', '11.2.3.61', '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8', 192_524_114),
  cuda('curand', '10.3.6.82', '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536', 56_309_107),
  cuda('cusolver', '11.6.3.83', '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b', 130_341_232),
  cuda('cusparse', '12.5.1.3', '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752', 217_558_979),
  cuda('nccl', '2.23.4', 'b097258d9aab2fa9f686e33c6fe40ae57b27df60cedbd15d139701bb5509e0c1', 198_954_603),
  cuda('nvjitlink', '12.5.82', 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212', 21_298_879),
];

/** The wheels of each target, TensorFlow's first. */
export const WHEELS: Readonly<Record<string, readonly WheelPin[]>> = Object.fromEntries(
  Object.entries(TENSORFLOW).map(([target, wheel]) => [target, target.endsWith('-gpu') ? [wheel, ...CUDA] : [wheel]]),
);

/** tfjs-node's package as npm packs it; npm's own kind of hash. */
export const KERNELS = {
  package: `@tensorflow/tfjs-node@${VERSIONS.kernels}`,
  integrity: 'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
} as const;
