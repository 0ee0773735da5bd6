import {
  type CleanTokens,
  type Fed,
  type Parameters,
  networkLoss,
  predictAt,
  simplexRows,
  withPrefix,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { drawStep, generate } from '../generation';
import { type Adversarial, type Networks, type ObjectiveContext, PASSES_WITH_GRADIENT } from '../objective';
import type { Relaxation } from '../relaxations/relaxation';
import { simplex } from '../relaxations/simplex';
import type { RivalOptions } from './draws';

/** Options of moment matching. */
export interface MomentMatchingOptions extends RivalOptions {
  /** How gradients pass through the student's tokens (default `simplex()`). */
  readonly relaxation?: Relaxation;
}

/** Weights of the teacher whose rows represent tokens: those by which its head tells them apart. */
const REPRESENTATION = 'output_layer.linear.weight';

/**
 * A token's representation, rows of unit mean square [V, H]; the token itself, [V, V], for networks without such weights.
 */
function representations(teacher: Parameters, vocabSize: number): Tensor {
  const table = teacher[REPRESENTATION];
  if (!table) return tf.eye(vocabSize);
  const centred = tf.sub(table, tf.mean(table, 0, true));
  return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred)), 1e-12)));
}

/**
 * Matching of first moments in a representation space: at noisy states of the student's samples, the expected
 * representation of the clean token under the student, E_θ[φ(x_0) | x_t], is to be the teacher's, E[φ(x_0) | x_t]. A second
 * network follows the student's conditional law. The student's gradient is that of
 * ⟨φ(G), E_fake[φ | x_t] − E_teacher[φ | x_t]⟩ with both moments held fixed.
 *
 * Made from the idea of moment matching distillation (Salimans et al., arXiv 2406.04103) carried over to tokens, after the
 * abstract's words on "representation-space moment matching" (arXiv 2610.06648), whose text was not at hand: which
 * representation it takes and how it weighs times is our guess.
 */
export function momentMatching(context: ObjectiveContext, options: MomentMatchingOptions = {}): Adversarial {
  const { family } = context;
  const settings = { relaxation: simplex(), reduction: 'mean' as const, ...options };
  const { relaxation, reduction } = settings;
  const draw: Adversarial['studentFeeds'] = (batch, random) => drawStep(context, batch, random, settings);
  const moments = (network: Parameters, clean: CleanTokens, fed: Fed, table: Tensor): Tensor => {
    const noisy = family.corrupt(clean, withPrefix('second', fed));
    return tf.matMul(tf.exp(family.toLogProbs(predictAt(context, network, noisy, true), noisy)), table);
  };
  return {
    spec: {
      name: 'moment-matching',
      options: { relaxation: { name: relaxation.spec.name, options: relaxation.spec.options ?? {} }, reduction },
    },
    passes: { student: PASSES_WITH_GRADIENT + 2, fake: 1 + PASSES_WITH_GRADIENT },
    studentFeeds: draw,
    fakeFeeds: draw,
    studentLoss({ student, teacher, fake }: Networks, fed) {
      const { clean } = generate(context, student, fed, relaxation, false);
      const table = representations(teacher, family.process.vocabSize);
      const second = withPrefix('second', fed);
      const gap = tf.sub(moments(fake, clean, fed, table), moments(teacher, clean, fed, table));
      const own = tf.matMul(simplexRows(clean, second['positions']!, family.process.vocabSize), table);
      const counted = tf.mul(tf.cast(tf.notEqual(weightOf(second), 0), 'float32'), fed['factors']!);
      return {
        loss: tf.sum(tf.mul(tf.sum(tf.mul(own, gap), 1), counted)),
        stats: { gap: tf.sum(tf.mul(tf.sum(tf.square(gap), 1), counted)) },
      };
    },
    fakeLoss({ student, fake }, fed) {
      const { clean } = generate(context, student, fed, relaxation, true);
      const second = withPrefix('second', fed);
      const perPosition = networkLoss(context, fake, clean, family.corrupt(clean, second), second);
      return { loss: tf.sum(tf.mul(perPosition, fed['factors']!)), stats: {} };
    },
  };
}

/** What is 0 at padding only, [N]. */
const weightOf = (noise: Fed): Tensor => noise['weight'] ?? noise['coefficient']!;
