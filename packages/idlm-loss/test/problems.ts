import { randomStream } from '@idlm/core-diffusion';
import type { Networks } from '../src/objective';
import { softmax } from '../src/exact/space';
import { type ListedProblem, sampleLaw } from './enumerated';
import type { ListedProcess } from './listed-process';
import { posteriorTable, tableSize, tableTensor } from './table';

/** Data of a random law, and networks without structure, as in an early phase of training. */
export function randomProblem(process: ListedProcess, seed = 1): ListedProblem {
  const random = randomStream(seed);
  const table = (role: string) => random.split(role).normals(tableSize(process));
  const data = random.split('data').normals(process.clean.size);
  return {
    process,
    data: softmax(data.map((z) => 1.5 * z)),
    student: table('student'),
    teacher: table('teacher'),
    fake: table('fake'),
  };
}

/** As late in training: the best teacher, a student that is near it, and the best fake network of its samples. */
export function nearProblem(process: ListedProcess, seed = 1): ListedProblem {
  const { data, student: noise } = randomProblem(process, seed);
  const teacher = posteriorTable(process, data);
  const student = teacher.map((value, i) => value + 0.5 * noise[i]!);
  const fake = posteriorTable(process, sampleLaw({ process, data, student, teacher, fake: teacher }));
  return { process, data, student, teacher, fake };
}

/** The networks of a problem on the device. The caller owns them. */
export const networksOf = ({ process, student, teacher, fake }: ListedProblem): Networks => ({
  student: tableTensor(process, student),
  teacher: tableTensor(process, teacher),
  fake: tableTensor(process, fake),
});
