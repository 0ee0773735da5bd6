import type { NativeParts } from '../install/locations';
import type { NativeOptions } from './open-native';

/** The library as this process finds it: what it was opened with, its devices, and whether it can be loaded. */
const library = { opened: [] as [string, object][], gpu: false, isBroken: false };
/** How functions were compiled. */
const compiled: object[] = [];

// Neither counts here, and each opening of a new process would load both again.
jest.mock('@tensorflow/tfjs-core', () => ({ setBackend: () => Promise.resolve(true) }));
jest.mock('@idlm/core-diffusion', () => ({ runPlainly: (fn: object) => fn }));
jest.mock('../gradients/register', () => ({ registerGradients: () => Promise.resolve() }));
jest.mock('./tensorflow/binding', () => ({
  openBinding(file: string, options: object) {
    library.opened.push([file, options]);
    if (library.isBroken) throw new Error('wrong ELF class');
    return {
      binding: { isUsingGpuDevice: () => library.gpu },
      version: '2.19.1',
      devices: [library.gpu ? '/device:GPU:0' : 'CPU'],
      oneDnn: true,
    };
  },
}));
jest.mock('./kernels/backend', () => ({ NATIVE_BACKEND: 'cpu', useNativeBackend: () => Promise.resolve({}) }));
jest.mock('./tracing/compile', () => ({
  compileNative: (_backend: object, _fn: object, options: object) => void compiled.push(options),
}));
jest.mock('../install/locations', () => ({ findNative: () => undefined }));
jest.mock('../processor', () => ({ thisProcessor: () => ({ model: 'it', cores: 3, features: ['avx2'] }) }));

const parts: NativeParts = { library: '/lib/a.so', kernels: '/kernels', path: '/', origin: 'user' } as never;
const gpuParts: NativeParts = { ...parts, cuda: '/cuda' };

/** Opens the engine as a process does that has opened none before. */
async function open(options: NativeOptions = {}) {
  jest.resetModules();
  return (await import('./open-native')).openNative({ parts, ...options });
}
const threads = process.env['TF_NUM_INTRAOP_THREADS'];
beforeEach(() => {
  Object.assign(library, { opened: [], gpu: false, isBroken: false });
  compiled.length = 0;
  delete process.env['TF_NUM_INTRAOP_THREADS'];
});
afterAll(() => {
  if (threads !== undefined) process.env['TF_NUM_INTRAOP_THREADS'] = threads;
});
const sentence = (text: string) => expect.objectContaining({ exitCode: 2, message: expect.stringContaining(text) });

describe('openNative', () => {
  it('says what it opened, with one thread for each core unless the user or the caller says otherwise', async () => {
    expect(await open()).toMatchObject({
      name: 'native',
      version: 'TensorFlow 2.19.1',
      devices: ['CPU'],
      threads: 3,
      precision: 'float32',
      compiling: 'graph',
      reason: 'native was asked for',
    });
    process.env['TF_NUM_INTRAOP_THREADS'] = '5';
    expect(await open()).toMatchObject({ threads: 5 });
    expect(await open({ threads: 2, freedMemory: 'returned' })).toMatchObject({ threads: 2 });
    expect(library.opened.at(-1)).toEqual(['/lib/a.so', { threads: 2, freedMemory: 'returned', variables: {} }]);
  });

  it('opens the library once in a process, which keeps what was asked for first', async () => {
    jest.resetModules();
    const { openNative } = await import('./open-native');
    const both = await Promise.all([
      openNative({ parts, threads: 2 }),
      openNative({ parts, threads: 7, reason: 'why' }),
    ]);
    expect(both.map((engine) => [engine.threads, engine.reason])).toEqual([
      [2, 'native was asked for'],
      [2, 'why'],
    ]);
    expect(library.opened).toHaveLength(1);
    await expect(openNative({ parts, precision: 'tf32' })).rejects.toEqual(sentence('float32, and tf32 was asked for'));
  });

  it('tries again after a failure, which is not kept', async () => {
    jest.resetModules();
    const { openNative } = await import('./open-native');
    library.isBroken = true;
    await expect(openNative({ parts })).rejects.toThrow('wrong ELF class');
    library.isBroken = false;
    expect(await openNative({ parts })).toMatchObject({ name: 'native' });
    expect(library.opened).toHaveLength(2);
  });

  it('is refused where it is not installed', async () =>
    expect(open({ parts: undefined })).rejects.toEqual(sentence('not installed: run "idlm engine install"')));

  it.each([
    [{ precision: 'tf32' }, 'tf32 is one of GPUs', 0],
    [{ precision: 'bfloat16' }, 'bfloat16 needs a GPU or a processor with amx_bf16, and this one has avx2', 0],
    // Whether there is a GPU beside CUDA's libraries is known only when the library is open.
    [{ precision: 'tf32', parts: gpuParts }, 'tf32 is one of GPUs', 1],
  ] as const)('refuses %j before anything is loaded that it needs not: %s', async (options, text, loads) => {
    await expect(open(options)).rejects.toEqual(sentence(text));
    expect(library.opened).toHaveLength(loads);
  });
});

describe('functions of the native engine', () => {
  const compileWith = async (options: NativeOptions, sequential?: boolean) => {
    const engine = await open(options);
    engine.compile(() => [], { sequential });
    return compiled.at(-1);
  };

  it('are graphs whose kernels XLA compiles, wholes that it compiles, or run op by op', async () => {
    expect(await compileWith({})).toEqual({ xla: false, castProducts: false, fuse: true, sequential: false });
    expect(await compileWith({ compile: 'graph' }, true)).toMatchObject({ fuse: true, sequential: true });
    expect(await compileWith({ compile: 'xla' })).toMatchObject({ xla: true, fuse: false });
    const { compile, compiling } = await open({ compile: 'off' });
    const fn = () => [];
    expect([compiling, compile(fn)]).toEqual(['off', fn]);
    expect(compiled).toHaveLength(3);
  });

  it('on GPUs multiply in TF32 unless told otherwise, fuse nothing and run ops side by side', async () => {
    library.gpu = true;
    expect(await open({ parts: gpuParts })).toMatchObject({ precision: 'tf32', devices: ['/device:GPU:0'] });
    expect(await compileWith({ parts: gpuParts }, true)).toMatchObject({ fuse: false, sequential: false });
    const narrow = { parts: gpuParts, precision: 'bfloat16' } as const;
    expect(await compileWith(narrow)).toMatchObject({ castProducts: true });
    await expect(open({ ...narrow, compile: 'off' })).rejects.toEqual(sentence('bfloat16 is for compiled functions'));
  });
});
