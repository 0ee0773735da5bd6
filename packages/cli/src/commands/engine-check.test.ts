import { type Checked, type EngineCheck, checkEngine } from '@idlm/engine/check';
import { idlm } from '../../test/command-line';

jest.mock('@idlm/engine/check', () => {
  const real: { checkEngine: typeof checkEngine } = jest.requireActual('@idlm/engine/check');
  return { ...real, checkEngine: jest.fn(real.checkEngine) };
});
const check = jest.mocked(checkEngine);
const command = (...argv: string[]) => idlm('engine', 'check', '--engine', 'wasm', ...argv);
/** What the command says of a check that found this. */
async function told(found: EngineCheck, ...argv: string[]) {
  check.mockResolvedValueOnce(found);
  return command(...argv);
}

const one = (name: string, error: number | undefined, more: Partial<Checked> = {}): Checked => {
  const tolerance = 1e-5;
  return { name, error, tolerance, passed: error !== undefined && error <= tolerance, ...more };
};
let found: EngineCheck;
beforeAll(async () => (found = await checkEngine({ prefer: 'wasm' })));

it('says in a table that WASM computes what it should, and in JSON each comparison', async () => {
  const { code, out } = await told(found);
  expect([code, out]).toEqual([0, expect.stringMatching(/operations, op by op +(\d+) of \1 .* pass\n/)]);
  expect(out).toMatch(/^wasm \(tfjs [\d.]+\) on CPU, against plain JavaScript\n/);
  expect(out).toMatch(/\nmatmul: [\d.]+ GFLOP\/s in float32\ntraining step: [\d.]+ ms op by op\n$/);
  const json = JSON.parse((await told(found, '--json')).out);
  expect(json).toMatchObject({ passed: true, engine: { name: 'wasm', compiling: 'off' } });
  expect(json.operations[0]).toMatchObject({ name: 'matMul', passed: true });
});

it('names what is wrong and by how much, or why nothing was found, and ends with code 1', async () => {
  const { code, out } = await told({
    ...found,
    passed: false,
    operations: [one('tanh', 0.25), one('exp', 1e-6), one('sin', undefined, { problem: 'no kernel' })],
    compiledOperations: [one('tanh', 1e-7), one('exp', 2e-7)],
    training: [one('op by op', 2e-6), one('compiled', 1)],
    rate: { opByOp: 30, compiled: 12 },
  });
  expect(code).toBe(1);
  const lines = out.split('\n').map((line) => line.trimEnd().replace(/ {2,}/g, '  '));
  expect(lines.slice(1)).toEqual([
    '  pass  largest error  of',
    'operations, op by op  1 of 3  -  sin  FAIL',
    'operations, compiled  2 of 2  2.0e-7  exp  pass',
    'training, op by op  1 of 1  2.0e-6  pass',
    'training, compiled  0 of 1  1.0e+0  FAIL',
    'FAIL operations, op by op: tanh: differs by 2.5e-1, more than 0.00001',
    'FAIL operations, op by op: sin: no kernel',
    'FAIL training, compiled: compiled: differs by 1.0e+0, more than 0.00001',
    expect.stringMatching(/^matmul: /),
    'training step: 30.0 ms op by op, 12.0 ms compiled (2.50 times as fast)',
    '',
  ]);
  expect((await told({ ...found, passed: false }, '--json')).code).toBe(1);
});

it('refuses a precision that the engine lacks', async () => {
  const { code, err } = await command('--precision', 'tf32');
  expect([code, err]).toEqual([2, expect.stringContaining('is for the native engine')]);
});

it('refuses an engine and a way of compiling that there are not, before anything is computed', async () => {
  check.mockClear();
  for (const argv of [
    ['--engine', 'webgpu'],
    ['--compile', 'always'],
    ['--precision', 'float16'],
  ])
    expect(await command(...argv)).toMatchObject({ code: 2, err: expect.stringContaining(`'${argv[1]}' is invalid`) });
  expect(check).not.toHaveBeenCalled();
});
