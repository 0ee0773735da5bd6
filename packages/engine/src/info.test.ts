import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from './engine';
import { describeEngine } from './info';
import { nativePaths } from './install/locations';
import { openEngine } from './open';
import { thisProcessor } from './processor';

const before = process.env['IDLM_HOME'];
let engine: Engine;
let home: string;
beforeAll(async () => {
  engine = await openEngine({ prefer: 'wasm' });
  home = mkdtempSync(join(tmpdir(), 'info-'));
  process.env['IDLM_HOME'] = home;
});
afterAll(() => {
  if (before === undefined) delete process.env['IDLM_HOME'];
  else process.env['IDLM_HOME'] = before;
  rmSync(home, { recursive: true });
});

it('tells the facts of an engine and its processor, as data alone, and leaves no tensor behind', () => {
  const tensors = tf.memory().numTensors;
  const described = describeEngine(engine);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(described).toMatchObject({ name: 'wasm', version: engine.version, threads: 1, reason: 'WASM was asked for' });
  expect(described.processor).toEqual(thisProcessor());
  expect(described.gigaflops > 0 && Number.isFinite(described.gigaflops)).toBe(true);
  expect(Object.values(described).filter((value) => typeof value === 'function')).toEqual([]);
  expect(described.native).toBeUndefined();
});

it('tells the native engine that is present beside the one that is open, once it is complete', () => {
  const paths = nativePaths(home, { version: '2.19.1' });
  mkdirSync(dirname(paths.complete), { recursive: true });
  expect(describeEngine(engine).native).toBeUndefined();
  writeFileSync(paths.complete, '{}');
  expect(describeEngine(engine)).toMatchObject({
    name: 'wasm',
    native: { path: paths.home, origin: 'installed by idlm' },
  });
});
