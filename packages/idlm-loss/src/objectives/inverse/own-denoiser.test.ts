import {
  type Denoiser,
  type Family,
  type Parameters,
  type Spec,
  families,
  mdlm,
  randomStream,
  upload,
} from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { windowNetwork, windowParameters } from '../../../test/window-network';
import { inverseObjective } from './inverse-objective';
import type { Networks } from '../../objective';
import type { Relaxation } from '../../relaxations/relaxation';
import { objectives } from '../registry';

beforeAll(() => useBackend());

const [vocabSize, batch, length] = [5, 4, 6];
const ids = Int32Array.from({ length: batch * length }, (_, i) => (i * i) % (vocabSize - 1));
const data = { ids, batch, length };
const denoiser = windowNetwork(vocabSize);
type ApplyArguments = Denoiser['apply'] extends (...args: infer Arguments) => unknown ? Arguments : never;

// A family of one's own: what it changes, and the line that makes its name known.
families.register('unweighted', {
  description: 'masked diffusion whose loss does not depend on the noise level',
  create(_, { vocabSize: width, maskId = width - 1 }) {
    const base = mdlm({ vocabSize: width, maskId });
    const loss: typeof base.loss = (output, clean, noisy, noise) =>
      base.loss(output, clean, noisy, { ...noise, weight: tf.sign(noise.weight) });
    return { ...base, spec: { name: 'unweighted' }, loss };
  },
});

const specs: readonly (string | Spec)[] = [
  'mdlm',
  'udlm',
  'duo',
  'sedd',
  { name: 'sedd', options: { process: 'uniform' } },
  { name: 'd3pm', options: { steps: 20, parameterization: 'mean' } },
  { name: 'd3pm', options: { process: 'uniform', steps: 20 } },
  'unweighted',
];
const made = specs.map((spec) => families.create(spec, { vocabSize }));

/** Loss of a role's step and its gradient in every weight of that role. */
function evaluate(family: Family, networks: Networks, role: 'student' | 'fake') {
  const objective = inverseObjective({ family, denoiser }, { reduction: 'mean' });
  const fed = upload(objective[`${role}Feeds`](data, randomStream(7)));
  const names = Object.keys(networks[role]);
  const loss = (...values: tf.Tensor[]) =>
    objective[`${role}Loss`](
      { ...networks, [role]: Object.fromEntries(names.map((name, i) => [name, values[i]!])) as Parameters },
      fed,
    ).loss as tf.Scalar;
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => networks[role][name]!));
  return { value: value.dataSync()[0]!, gradients: grads.map((gradient) => gradient.dataSync()) };
}

describe.each(made.map((family) => [`${family.spec.name}, ${family.process.kind}`, family] as const))(
  'a network of one’s own under the inverse objective of %s',
  (_, family) => {
    const networks = (): Networks => ({
      student: windowParameters(vocabSize, 1),
      teacher: windowParameters(vocabSize, 2),
      fake: windowParameters(vocabSize, 3),
    });

    it.each(['student', 'fake'] as const)('gives the %s a finite loss and every weight of it a gradient', (role) => {
      tf.tidy(() => {
        const { value, gradients } = evaluate(family, networks(), role);
        expect(Number.isFinite(value)).toBe(true);
        for (const gradient of gradients) {
          expect(gradient.every(Number.isFinite)).toBe(true);
          expect(gradient.some((entry) => Math.abs(entry) > 1e-6)).toBe(true);
        }
      });
    });

    it('is zero, with no gradient, where teacher and fake agree', () => {
      tf.tidy(() => {
        const given = networks();
        const { value, gradients } = evaluate(family, { ...given, fake: given.teacher }, 'student');
        expect(value).toBe(0);
        for (const gradient of gradients) expect(gradient.every((entry) => Math.abs(entry) < 1e-6)).toBe(true);
      });
    });
  },
);

describe('parts of one’s own that break their contract', () => {
  const [context, weights] = [
    { family: mdlm({ vocabSize, maskId: 4 }), denoiser },
    () => windowParameters(vocabSize, 1),
  ];
  const relaxing = (relaxed: (soft: tf.Tensor) => object) => {
    const relaxation = { spec: { name: 'own' }, noise: () => ({}), relax: (p: tf.Tensor) => relaxed(tf.exp(p)) };
    const objective = inverseObjective(context, { relaxation: relaxation as unknown as Relaxation });
    const fed = upload(objective.studentFeeds(data, randomStream(7)));
    return () =>
      tf.tidy(() => objective.studentLoss({ student: weights(), teacher: weights(), fake: weights() }, fed).loss);
  };

  it.each([
    [(soft: tf.Tensor) => ({ soft }), /^hard of the relaxation "own" must be a tensor of shape \[N = \d+\]/],
    [(soft: tf.Tensor) => ({ soft, hard: soft }), /^hard of the relaxation "own" must have shape \[N = \d+\]/],
    [(soft: tf.Tensor) => ({ soft: tf.sum(soft, 1) }), /^soft of the relaxation "own" must have shape .*, V = 5\]/],
  ])('are refused: a relaxation, %#', (relaxed, message) => {
    expect(relaxing(relaxed)).toThrow(message);
  });

  it('are refused: logits of another width', () => {
    const narrow = {
      ...denoiser,
      apply: (...args: ApplyArguments) => tf.slice(denoiser.apply(...args), [0, 0], [-1, 3]),
    };
    const objective = inverseObjective({ ...context, denoiser: narrow });
    const fed = upload(objective.studentFeeds(data, randomStream(7)));
    const networks = () => ({ student: weights(), teacher: weights(), fake: weights() });
    expect(() => tf.tidy(() => objective.studentLoss(networks(), fed).loss)).toThrow(
      /^logits must have shape .*V = 5\]/,
    );
  });

  it('are refused: draws of a second network without its loss', () => {
    objectives.register('halfway', {
      description: 'a fake without a loss',
      create: (_, given) => ({ ...inverseObjective(given), spec: { name: 'halfway' }, fakeLoss: undefined }),
    });
    expect(() => objectives.create('halfway', context)).toThrow(
      'The objective "halfway" lacks fakeLoss, which must be a function.',
    );
  });
});
