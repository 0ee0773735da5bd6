import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '@idlm/engine';
import { examineEngine } from './engine';

const before = process.env['IDLM_HOME'];
let empty: string;
beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), 'engine-'));
  process.env['IDLM_HOME'] = empty;
});
afterAll(() => {
  if (before === undefined) delete process.env['IDLM_HOME'];
  else process.env['IDLM_HOME'] = before;
  rmSync(empty, { recursive: true });
});

it('the native engine that is asked for and not installed is an error, and nothing else is opened', async () => {
  expect(await examineEngine('native')).toEqual([
    {
      what: 'native engine',
      state: 'error',
      found: 'not installed; it is the fastest',
      advice: '"idlm engine install" brings it',
    },
  ]);
});

it('an engine that opens and takes a matrix for its transpose is an error', async () => {
  await openEngine({ prefer: 'wasm' });
  const right = tf.getKernel('BatchMatMul', 'wasm');
  tf.unregisterKernel('BatchMatMul', 'wasm');
  tf.registerKernel({
    ...right,
    kernelFunc: ({ attrs, ...given }) => right.kernelFunc({ ...given, attrs: { ...attrs, transposeB: true } }),
  });
  expect(await examineEngine('wasm')).toEqual([
    {
      what: 'engine',
      state: 'error',
      found: 'A product of two matrices came out wrong; "idlm engine check" compares every operation',
    },
  ]);
});
