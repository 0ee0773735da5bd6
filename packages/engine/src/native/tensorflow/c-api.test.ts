import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { LoadOptions } from './c-api';

/** What the loader of libraries was asked for, in order: libraries, and calls of their functions. */
const asked: string[] = [];
/** Variables of the process, which `setenv` sets. */
let variables: Record<string, string>;
/** Functions that no library has. */
let absent: string[];
/** Whether another library was loaded before. */
let areStacksSettled: boolean;
/** Features of the processor that the library is loaded on. */
let features: string[];

jest.mock('koffi', () => ({
  __esModule: true,
  default: {
    struct: (fields: object) => fields,
    config(options: { readonly async_stack_size: number }) {
      asked.push(`stacks of ${options.async_stack_size}`);
      if (areStacksSettled) throw new Error('Cannot change async_stack_size once a library is loaded');
    },
    load: (file: string) => {
      asked.push(`load ${file.split('/').at(-1)!}`);
      if (file.includes('broken')) throw new Error(`${file}: wrong ELF class`);
      return {
        func: (name: string) => {
          if (absent.includes(name)) throw new Error(`Cannot find function '${name}'`);
          const call = (...given: (string | number)[]): unknown => {
            if (name === 'TF_Version') return '2.19.1';
            if (name === 'getenv') return variables[given[0]!] ?? null;
            if (name !== 'setenv') return void asked.push(`${name}(${given.join()})`);
            const [variable, value, overwrites] = given as [string, string, number];
            asked.push(`set ${variable}`);
            if (overwrites || !(variable in variables)) variables[variable] = value;
            return 0;
          };
          const async = (...given: unknown[]): void => {
            const done = given.pop() as (error: null, result: unknown) => void;
            done(null, given);
          };
          return Object.assign(call, { async });
        },
      };
    },
  },
}));
jest.mock('../../processor', () => ({ thisProcessor: () => ({ model: 'it', cores: 2, features }) }));

const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
const onPlatform = (name: NodeJS.Platform) => Object.defineProperty(process, 'platform', { ...platform, value: name });
beforeEach(() => {
  asked.length = 0;
  [variables, absent, features, areStacksSettled] = [{}, [], [], false];
  onPlatform('linux');
});
afterEach(() => Object.defineProperty(process, 'platform', platform));

const load = async (options?: LoadOptions) =>
  (await import('./c-api')).loadCApi('/home/lib/libtensorflow_cc.so.2', options);
const loaded = () => asked.filter((line) => line.startsWith('load ')).map((line) => line.slice(5));

describe('before TensorFlow is loaded', () => {
  it('its variables are set, since it reads them then', async () => {
    await load({ variables: { ONEDNN: 'BF16' } });
    expect(variables).toEqual({
      TF_CPP_MIN_LOG_LEVEL: '2',
      TF_ENABLE_ONEDNN_OPTS: '1',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      ONEDNN: 'BF16',
    });
    expect(asked.indexOf('load libtensorflow_cc.so.2')).toBeGreaterThan(asked.indexOf('set ONEDNN'));
  });

  it('those of the user stay, but for what is asked for in code', async () => {
    variables = { TF_CPP_MIN_LOG_LEVEL: '0', ONEDNN: 'STRICT', XLA_FLAGS: '--own', PATH: '/bin' };
    features = ['avx512f'];
    const { environment } = await load({ variables: { ONEDNN: 'BF16' } });
    expect(variables).toMatchObject({ TF_CPP_MIN_LOG_LEVEL: '0', ONEDNN: 'BF16', XLA_FLAGS: '--own', PATH: '/bin' });
    expect([environment('XLA_FLAGS'), environment('NONE')]).toEqual(['--own', null]);
  });

  it.each([
    [['avx512f', 'avx2'], '--xla_cpu_prefer_vector_width=512'],
    [['avx2'], undefined],
  ])('XLA is told to fill the vectors of a processor with %j: %s', async (has, flags) => {
    features = has;
    await load();
    expect(variables['XLA_FLAGS']).toBe(flags);
  });
});

describe('the stacks of calls on other threads', () => {
  it('grow before any library is loaded', async () => {
    await load();
    expect(asked[0]).toBe(`stacks of ${2 ** 22}`);
  });

  it('stay as they are where another library was loaded before', async () => {
    areStacksSettled = true;
    await load();
    expect(loaded()).toEqual(['libc.so.6', 'libtensorflow_cc.so.2']);
  });
});

describe('freed memory', () => {
  it('is left to TensorFlow by default', async () => {
    await load({ freedMemory: 'kept' });
    expect([Object.keys(variables).filter((name) => /ALLOCATOR/.test(name)), asked.join()]).toEqual([
      [],
      expect.not.stringContaining('mallopt'),
    ]);
  });

  it('goes back to the system where that is asked for: large blocks of its own allocator from 2 MiB on', async () => {
    variables = { TF_ONEDNN_USE_SYSTEM_ALLOCATOR: '0' };
    await load({ freedMemory: 'returned' });
    expect(variables).toMatchObject({ TF_ONEDNN_USE_SYSTEM_ALLOCATOR: '1' });
    expect(asked).toContain(`mallopt(-3,${2 ** 21})`);
    expect(asked.indexOf('load libtensorflow_cc.so.2')).toBeGreaterThan(
      asked.findIndex((line) => /^mallopt/.test(line)),
    );
  });

  it('goes back by itself where the system has no such setting, and TensorFlow is loaded all the same', async () => {
    absent = ['mallopt'];
    await load({ freedMemory: 'returned' });
    expect(loaded()).toEqual(['libc.so.6', 'libtensorflow_cc.so.2']);
    absent = [];
    onPlatform('darwin');
    await load({ freedMemory: 'returned' });
    expect(loaded().slice(2)).toEqual(['libSystem.B.dylib', 'libtensorflow_cc.so.2']);
    expect(asked.filter((line) => /^mallopt/.test(line))).toEqual([]);
  });
});

describe('the libraries of CUDA', () => {
  let cuda: string;
  beforeEach(() => {
    cuda = mkdtempSync(join(tmpdir(), 'idlm-cuda-'));
    for (const file of [
      'cublas/lib/libcublas.so.12',
      'cublas/lib/libnvblas.so.12',
      'cudnn/lib/libcudnn_broken.so.9',
      'cudnn/lib/libcudnn.so.9',
      'cudnn/include/libcudnn.so.1',
      'cudnn/lib/readme.txt',
      'cuda_nvcc/bin/ptxas',
    ]) {
      mkdirSync(join(cuda, file, '..'), { recursive: true });
      writeFileSync(join(cuda, file), '');
    }
  });
  afterEach(() => rmSync(cuda, { recursive: true }));

  it('come first, but for the one that takes the place of others, and one that cannot be loaded stops none', async () => {
    await load({ cuda });
    const [libc, ...rest] = loaded();
    const tensorflow = rest.pop();
    expect([libc, tensorflow]).toEqual(['libc.so.6', 'libtensorflow_cc.so.2']);
    expect(rest.sort()).toEqual(['libcublas.so.12', 'libcudnn.so.9', 'libcudnn_broken.so.9']);
    expect(variables['XLA_FLAGS']).toBe(`--xla_gpu_cuda_data_dir=${join(cuda, 'cuda_nvcc')}`);
  });

  it('are not looked for where their folder is not', async () => {
    await load({ cuda: join(cuda, 'gone') });
    expect(loaded()).toEqual(['libc.so.6', 'libtensorflow_cc.so.2']);
    expect(variables['XLA_FLAGS']).toBeUndefined();
  });
});

describe('the functions', () => {
  it('are those of the library, and one that it lacks is an error of the loader', async () => {
    const c = await load();
    c.TFE_OpSetAttrBool(7, 'T', 1);
    expect(asked.at(-1)).toBe('TFE_OpSetAttrBool(7,T,1)');
    absent = ['TFE_Execute'];
    await expect(load()).rejects.toThrow("Cannot find function 'TFE_Execute'");
  });

  it('do without the one that silences XLA, which other versions have under another name', async () => {
    await load();
    expect(asked.filter((line) => /SetMinLogLevel/.test(line))).toEqual([expect.stringMatching(/AtLeastE\(2\)$/)]);
    absent = [asked.find((line) => /SetMinLogLevel/.test(line))!.split('(')[0]!];
    await load();
    expect(asked.filter((line) => /SetMinLogLevel/.test(line))).toHaveLength(1);
  });

  it('read a tensor on another thread, with what they are given', async () =>
    expect(await (await load()).resolveLater(3, 4)).toEqual([3, 4]));
});

it('a library that is not there is named by the loader', async () => {
  const { loadCApi } = await import('./c-api');
  const file = '/home/broken/libtensorflow_cc.so.2';
  expect(() => loadCApi(file)).toThrow(`${file}: wrong ELF class`);
  expect(loaded().at(-1)).toBe(basename(file));
});
