import type { KernelDefinition } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../../engine';
import { isInstalled } from '../../install/locations';
import { openEngine } from '../../open';
import { WORTH_A_KERNEL } from './fuse';
import type { NativeBackend } from '../kernels/load-kernels';

const describeNative = isInstalled() ? describe : describe.skip;

describeNative('kernels of several ops in a compiled function', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ prefer: 'native' });
  });

  /** x² + y and its sum over rows, as one kernel where the backend makes one. */
  const body = ([x, y]: tf.Tensor[]) => {
    const sum = tf.add(tf.square(x!), y!);
    return [sum, tf.sum(sum, 0)];
  };
  const fuse = (definition: KernelDefinition, inputs: tf.Tensor[]) =>
    (tf.backend() as NativeBackend).fuse?.(definition, inputs) ?? definition.fn(inputs);

  /** The last two numbers of each result. */
  const run = (fn: (inputs: tf.Tensor[]) => tf.Tensor[], inputs: tf.Tensor[]): number[][] => {
    const compiled = engine.compile(fn);
    const results = compiled(inputs);
    const numbers = results.map((result) => Array.from(result.dataSync().slice(-2)));
    tf.dispose(results);
    compiled.dispose();
    return numbers;
  };
  const columns = WORTH_A_KERNEL / 2;
  const row = (first: number, second: number) => tf.tile(tf.tensor1d([first, second]), [columns / 2]);
  const inputs = () => tf.tidy(() => [tf.stack([row(1, 2), row(3, 4)]), row(10, 20)]);

  it('give what the ops give, once made for many places and functions', () => {
    let made = 0;
    const counted = (given: tf.Tensor[]) => (made++, body(given));
    const test = { name: 'test', fn: counted };
    const twice = ([x, y]: tf.Tensor[]) => fuse(test, [fuse(test, [x!, y!])[0]!, y!]);
    const given = inputs();
    for (let i = 0; i < 2; i++)
      expect(run(twice, given)).toEqual([
        [371, 1316],
        [502, 1912],
      ]);
    expect(made).toBe(1);
    tf.dispose(given);
  });

  it('are told apart by their definitions, whatever their names', () => {
    const given = inputs();
    const [sum, difference]: KernelDefinition[] = [
      { name: 'same', fn: ([x, y]) => [tf.add(x!, y!)] },
      { name: 'same', fn: ([x, y]) => [tf.sub(x!, y!)] },
    ];
    const both = (inputs: tf.Tensor[]) => [...fuse(sum!, inputs), ...fuse(difference!, inputs)];
    for (let i = 0; i < 2; i++)
      expect(run(both, given)).toEqual([
        [13, 24],
        [-7, -16],
      ]);
    tf.dispose(given);
  });

  it('may stand within another, and leave nothing behind', () => {
    const given = inputs();
    const inner = { name: 'inner', fn: body };
    const outer: KernelDefinition = { name: 'outer', fn: (both) => [tf.mul(fuse(inner, both)[0]!, 2)] };
    const nested = (both: tf.Tensor[]) => fuse(outer, both);
    const before = tf.memory().numTensors;
    expect(run(nested, given)).toEqual([[38, 72]]);
    expect(tf.memory().numTensors).toBe(before);
    expect((tf.backend() as NativeBackend).fuse).toBeUndefined();
    tf.dispose(given);
  });

  it('are not made for few numbers', () => {
    let made = 0;
    const counted = (given: tf.Tensor[]) => (made++, body(given));
    const given = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([10, 20])];
    const few = { name: 'few', fn: counted };
    const compiled = engine.compile((both) => [...fuse(few, both), ...fuse(few, both)]);
    const results = compiled(given);
    expect(Array.from(results[3]!.dataSync())).toEqual([30, 60]);
    expect(made).toBe(2);
    compiled.dispose();
    tf.dispose([...given, ...results]);
  });

  it('refuse tensors that are not among their inputs', () => {
    const given = inputs();
    const closure = ([x, y]: tf.Tensor[]) => fuse({ name: 'closure', fn: ([own]) => [tf.add(own!, y!)] }, [x!]);
    expect(() => run(closure, given)).toThrow('from inside a compiled function was used outside it');
    tf.dispose(given);
  });

  it('are the ops themselves where XLA compiles the whole, or nothing is compiled', async () => {
    const xla = await openEngine({ prefer: 'native', compile: 'xla' });
    const given = inputs();
    const results = xla.compile((both) => {
      expect((tf.backend() as NativeBackend).fuse).toBeUndefined();
      return fuse({ name: 'whole', fn: body }, both);
    })(given);
    expect(Array.from(results[0]!.dataSync().slice(-2))).toEqual([19, 36]);
    tf.dispose([...given, ...results]);
  });
});
