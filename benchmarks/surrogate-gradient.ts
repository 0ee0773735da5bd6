// How far the reference's gradient is from the exact one, and where its descent ends: enumerated, for a student that writes
// all tokens at once.
//   npm run bench:surrogate
import { randomStream } from '@idlm/core-diffusion';
import {
  descendStudent,
  enumerateSpace,
  exactStudentGradient,
  factorisedStudent,
  softmax,
  surrogateGradient,
} from '@idlm/idlm-loss/exact';

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

console.log('| V | L | p* | cosine | length | KL at start | exact gradient ends at | surrogate ends at |');
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const [vocabSize, length] of [
  [4, 1],
  [3, 2],
  [2, 3],
] as const) {
  for (const seed of [1, 2, 3]) {
    const space = enumerateSpace(vocabSize, length);
    const data = softmax(
      randomStream(seed)
        .normals(space.size)
        .map((z) => 1.5 * z),
    );
    const student = factorisedStudent(space, data);
    const start = randomStream(seed + 10).normals(student.size);
    const [exact, surrogate] = [exactStudentGradient, surrogateGradient].map((of) => of(student, start, data)) as [
      Float64Array,
      Float64Array,
    ];
    const norm = (a: Float64Array) => Math.sqrt(dot(a, a));
    const ends = [exactStudentGradient, surrogateGradient].map(
      (of) => descendStudent(student, start, data, of, { steps: 3000, rate: 2 }).divergences,
    );
    const cells = [
      vocabSize,
      length,
      `random, seed ${seed}`,
      (dot(exact, surrogate) / norm(exact) / norm(surrogate)).toFixed(3),
      (norm(surrogate) / norm(exact)).toFixed(2),
      ends[0]![0]!.toFixed(3),
      ...ends.map((path) => path[path.length - 1]!.toExponential(1)),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
