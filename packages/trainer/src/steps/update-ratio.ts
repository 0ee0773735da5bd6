import { type Compile, type Parameters, compileNamed } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { squaredNorm } from '../optimizers/clip';

/** Some weights around an update, by the same names. */
interface WeightChange {
  readonly before: Parameters;
  readonly after: Parameters;
}

/** How far one update moves weights. */
export interface ChangeMeasure {
  /** Adds some weights of the update; the caller keeps their tensors. */
  add(change: WeightChange): Promise<void>;
  /** ‖Δw‖ / ‖w‖ over all that was added, with w before the update; undefined where w is 0. */
  ratio(): number | undefined;
}

/** Measures of updates, which share what they compute with. */
export interface ChangeMeasures {
  begin(): ChangeMeasure;
  dispose(): void;
}

/**
 * How far an update moves a network in proportion to its weights: what tells a learning rate that is too large, or a network that has
 * stopped learning, more directly than the gradient's norm, which Adam's steps do not depend on. Each look takes a pass over the
 * weights, so that it is for updates that are logged.
 * Source: the "update to weight ratio" of Karpathy's notes for Stanford's course CS231n, where 1e-3 is about right.
 */
export function changeMeasures(compile: Compile): ChangeMeasures {
  const squares = compileNamed(compile, ({ before, after }: WeightChange) => {
    const names = Object.keys(before);
    const sum = (of: (name: string) => tf.Tensor) => tf.sum(tf.stack(names.map((name) => squaredNorm(of(name)))));
    return { sums: tf.stack([sum((name) => tf.sub(after[name]!, before[name]!)), sum((name) => before[name]!)]) };
  });
  return {
    begin() {
      let [moved, weights] = [0, 0];
      return {
        async add(change) {
          const { sums } = squares.run(change);
          const [more, all] = await sums.data().finally(() => sums.dispose());
          [moved, weights] = [moved + more!, weights + all!];
        },
        ratio: () => (weights > 0 ? Math.sqrt(moved / weights) : undefined),
      };
    },
    dispose: () => squares.dispose(),
  };
}
