import { VERSIONS } from '../../install/pins';
import { xlaFlags } from './xla-flags';

const WIDE = '--xla_cpu_prefer_vector_width=512';

it.each([
  [VERSIONS.tensorflow, ['avx2', 'avx512f'], undefined, WIDE],
  [VERSIONS.tensorflow, ['avx2', 'avx512f'], 'cuda', `--xla_gpu_cuda_data_dir=cuda/cuda_nvcc ${WIDE}`],
  [VERSIONS.tensorflow, ['avx2'], undefined, ''],
  ['2.9.1', ['avx512f'], undefined, ''],
])('xlaFlags of TensorFlow %s on %j with CUDA in %s', (version, features, cuda, expected) => {
  expect(xlaFlags({ version, features, cuda })).toBe(expected);
});
