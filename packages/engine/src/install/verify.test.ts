import { pathsIn } from './locations';
import type { Finished } from './run';
import { verifyNative } from './verify';

/** How the process ends that opens the engine. */
let finished: Finished;
const started: [string, readonly string[]][] = [];
jest.mock('./run', () => ({
  ...jest.requireActual<object>('./run'),
  run: (command: string, args: readonly string[]) => {
    started.push([command, args]);
    return Promise.resolve(finished);
  },
}));

const parts = { library: 'lib/a.so', kernels: 'kernels' };
const ended = (code: number | null | undefined, stdout: string, stderr: string) =>
  (finished = { code, stdout, stderr });

it('reads what an engine says of itself, behind what TensorFlow says', async () => {
  ended(0, 'warming up\n{"version":"2.19.1","devices":["CPU"]}\n', 'some advice');
  expect(await verifyNative(parts)).toEqual({ version: '2.19.1', devices: ['CPU'] });
});

it('hands over whole paths, since the process runs elsewhere, and CUDA where it is', async () => {
  ended(0, '{"version":"1","devices":[]}', '');
  await verifyNative({ ...parts, cuda: 'nvidia' });
  await verifyNative(pathsIn('/home'));
  const given = started.slice(-2).map(([, args]) => args.slice(args.findIndex((arg) => /main\.ts$/.test(arg)) + 1));
  expect(given[0]).toEqual(['lib/a.so', 'kernels', 'nvidia'].map((path) => `${process.cwd()}/${path}`));
  expect(given[1]).toEqual([pathsIn('/home').library, '/home/kernels', '/home/nvidia']);
});

it.each([
  [1, 'Error: GLIBC_2.34 not found', 'Error: GLIBC_2.34 not found'],
  [1, '', 'it gave no reason'],
  [null, 'Illegal\nended by SIGILL', 'this processor lacks instructions that TensorFlow needs (AVX)'],
  [null, '\nended by SIGKILL', 'the system ended it, perhaps for lack of memory'],
  [null, '\nended by SIGSEGV', 'it ended by SIGSEGV'],
  [undefined, 'spawn node ENOENT', 'spawn node ENOENT'],
])('that ends with %s, %j, does not work here (%s)', async (code, stderr, reason) => {
  ended(code, '', stderr);
  await expect(verifyNative(parts)).rejects.toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: `The native engine does not work here (${reason}); use the wasm engine.`,
    }),
  );
});
