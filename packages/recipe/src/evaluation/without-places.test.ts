import { join } from 'node:path';
import type { ResultManifest } from '@idlm/evaluation';
import { withoutPlaces } from './without-places';

const home = join(__dirname, 'private');
const manifest: ResultManifest = {
  format: 2,
  models: {
    student: {
      folder: '../../private/student/model',
      absolute: join(home, 'student', 'model'),
      weights: 'aa',
      origin: {
        text: { corpus: join(home, 'diary.txt'), heldOut: 0.1 },
        settings: { data: { corpus: join(home, 'diary.txt'), tokenizer: 'gpt2', separator: '/' } },
        changes: { teacher: join(home, 'teacher') },
      },
    },
  },
  judges: { gpt2: { weights: 'bb' } },
  tokenizer: 't',
  data: 'd',
  text: {
    corpus: join(home, 'diary.txt'),
    absolute: join(home, 'diary.txt'),
    fromManifest: '../../private/diary.txt',
    ...{ heldOut: 0.1, documents: 1, characters: 100, trainTokens: 90, heldOutTokens: 10, heldOutIsTraining: false },
  },
  config: { scorers: { judges: [{ name: 'gpt2', options: { model: join(home, 'gpt2') } }] }, imports: ['./own.mjs'] },
  seed: 1,
  sampler: { name: 'ancestral' },
  imports: [
    { specifier: join(home, 'own.mjs'), sha256: 'cc', place: { absolute: join(home, 'own.mjs'), fromRun: '' } },
  ],
  precision: '',
  engine: { name: 'wasm', version: '1' },
  versions: {},
  rows: [],
  notes: [`The student in ${join(home, 'student')} was distilled from another teacher.`],
};

describe('a manifest that is handed on', () => {
  const told = withoutPlaces(manifest);

  it('says nowhere in which folders things lay', () => {
    expect(JSON.stringify(told)).not.toContain('private');
  });

  it('names them all the same, with all else that it says', () => {
    expect(told).toMatchObject({
      models: {
        student: {
          folder: 'model',
          weights: 'aa',
          origin: {
            text: { corpus: 'diary.txt', heldOut: 0.1 },
            settings: { data: { corpus: 'diary.txt', tokenizer: 'gpt2', separator: '/' } },
            changes: { teacher: 'teacher' },
          },
        },
      },
      judges: manifest.judges,
      text: { corpus: 'diary.txt', trainTokens: 90 },
      config: { scorers: { judges: [{ options: { model: 'gpt2' } }] }, imports: ['./own.mjs'] },
      imports: [{ specifier: 'own.mjs', sha256: 'cc' }],
      notes: ['The student in student was distilled from another teacher.'],
    });
  });
});
