// Texts by the student of English that comes with the idlm command.
import { pairFolder } from '@idlm/cli/pair';
import { openModel } from '@idlm/recipe';

const student = await openModel(pairFolder('student')); // or a folder of yours
const texts = await student.sample({ prompt: 'And he said', count: 3, steps: 16, seed: 1 });
for (const text of texts) console.log(text);
// → And he said, Let us be not a servant.
// → And he said unto them, What he cometh..
// → And he said unto Saul, Lord.
