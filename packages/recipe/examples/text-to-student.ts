// Text to teacher to student to numbers, aborted half way: npx tsx -C @idlm/source packages/recipe/examples/text-to-student.ts
import { distill, evaluate, resolveConfig, trainTeacher } from '@idlm/recipe';

const config = resolveConfig({
  preset: 'mdlm',
  set: {
    data: { length: 16 },
    model: { hidden: 32, blocks: 1, heads: 2, cond: 8 },
    teacher: { updates: 20, batch: 8 },
    distillation: { updates: 6, batch: 8, guard: { every: 3, samples: 16 } },
    evaluation: { samples: 16, teacherSteps: [1, 16], studentSteps: [2] },
  },
});
const teacher = await trainTeacher(config, { text: 'the sea was calm and the ship was slow '.repeat(60) });

const stop = new AbortController();
const job = { teacher, out: 'runs/student', signal: stop.signal };
await distill(config, { ...job, onEvent: ({ kind }) => kind === 'guard' && stop.abort() }).catch(
  (error: Error) => console.log(error.message), // → This operation was aborted
);
const student = await distill(config, { ...job, signal: undefined, resume: true });

const { rows } = await evaluate(config, { teacher, student });
for (const { model, steps } of rows) console.log(`${model} at ${steps}`);
// → teacher at 1
// → teacher at 16
// → student at 2
console.log((await student.sample({ count: 2, steps: 4, prompt: 'the ' })).length, student.folder); // → 2 runs/student/checkpoints/step-6
