import { randomStream } from '@idlm/core-diffusion';
import { enumerateSpace, kullbackLeibler, softmax } from './space';
import {
  type FactorisedStudent,
  descendStudent,
  exactStudentGradient,
  factorisedStudent,
  studentLaw,
  surrogateGradient,
} from './surrogate';

const random = (seed: number, size: number) =>
  softmax(
    randomStream(seed)
      .normals(size)
      .map((z) => 1.5 * z),
  );

function setUp(vocabSize: number, length: number, seed = 3) {
  const space = enumerateSpace(vocabSize, length);
  const data = random(seed, space.size);
  const student = factorisedStudent(space, data);
  return { data, student, logits: randomStream(seed + 1).normals(student.size) };
}

/** The data's own conditionals, token by token. */
function dataLogits(student: FactorisedStudent, data: Float64Array): Float64Array {
  const { space, contexts } = student;
  const out = new Float64Array(student.size);
  contexts.forEach(({ hidden, visible }, i) => {
    for (let l = 0; l < space.length; l++) {
      const sums = new Float64Array(space.vocabSize);
      data.forEach((p, x) => {
        const agrees = Array.from({ length: space.length }, (_, k) => k).every(
          (k) => hidden & (1 << k) || space.tokens[x * space.length + k] === space.tokens[visible * space.length + k],
        );
        if (agrees) sums[space.tokens[x * space.length + l]!]! += p;
      });
      out.set(sums.map(Math.log), (i * space.length + l) * space.vocabSize);
    }
  });
  return out;
}

const cosine = (a: Float64Array, b: Float64Array) => {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe('a student that writes all tokens at once', () => {
  it('has a law, and the exact gradient of its KL', () => {
    const { student, logits, data } = setUp(2, 2);
    expect(studentLaw(student, logits).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const divergence = (at: Float64Array) => kullbackLeibler(studentLaw(student, at), data);
    const differences = logits.map((_, i) => {
      const moved = (h: number) => divergence(logits.map((value, j) => (i === j ? value + h : value)));
      return (moved(1e-5) - moved(-1e-5)) / 2e-5;
    });
    expect(exactStudentGradient(student, logits, data)).toBeCloseToArray(differences, { atol: 1e-9 });
  });

  it('follows the same gradient either way where there is one token, since none is context', () => {
    const { student, logits, data } = setUp(4, 1);
    expect(surrogateGradient(student, logits, data)).toBeCloseToArray(exactStudentGradient(student, logits, data), {
      atol: 1e-14,
    });
  });

  it('follows another gradient where tokens are context: near in direction, not the same', () => {
    for (const [vocabSize, length] of [
      [3, 2],
      [3, 3],
    ] as const) {
      const { student, logits, data } = setUp(vocabSize, length);
      const [exact, surrogate] = [exactStudentGradient, surrogateGradient].map((gradient) =>
        gradient(student, logits, data),
      );
      expect(cosine(exact!, surrogate!)).toBeGreaterThan(0.9);
      expect(cosine(exact!, surrogate!)).toBeLessThan(0.99);
    }
  });

  it('stands still under both where its law is the data’s', () => {
    // Independent tokens, whose conditionals are the marginals: the student can be exact.
    const space = enumerateSpace(3, 2);
    const [a, b] = [random(1, 3), random(2, 3)];
    const data = Float64Array.from({ length: 9 }, (_, x) => a[Math.floor(x / 3)]! * b[x % 3]!);
    const student = factorisedStudent(space, data);
    const logits = dataLogits(student, data);
    expect(kullbackLeibler(studentLaw(student, logits), data)).toBeLessThan(1e-14);
    for (const gradient of [exactStudentGradient, surrogateGradient])
      gradient(student, logits, data).forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-14));
  });

  it('comes nearer to the data under both, and on this p* ends further away under the surrogate', () => {
    const { student, logits, data } = setUp(3, 2, 11);
    const end = (gradient: typeof exactStudentGradient) =>
      descendStudent(student, logits, data, gradient, { steps: 300, rate: 2 }).divergences.at(-1)!;
    const [exact, surrogate] = [end(exactStudentGradient), end(surrogateGradient)];
    const start = kullbackLeibler(studentLaw(student, logits), data);
    expect(surrogate).toBeLessThan(start);
    expect(surrogate).toBeGreaterThan(exact);
  });
});
