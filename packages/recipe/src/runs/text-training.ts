import type { NetworkDescription } from '@idlm/core-diffusion';
import { textLength } from '@idlm/denoiser';
import type { Config } from '../config/schema';
import { FIRST_TOKEN, countFirstTokens, firstTokenFile } from '../models/first-token';
import { familyFor, networkConfig } from '../models/network';
import type { PreparedCorpus } from '../text/corpus';
import { predictedShare } from './memory-estimate';
import { makeScorerTask, makeTeacherTask, scorerNetwork } from './tasks';
import type { Training } from './training';
import { type TrainedOnText, makeValidation } from './validation';

/** What a network that learns from text is made from. */
export interface TextTrainingOptions {
  readonly config: Config;
  readonly corpus: PreparedCorpus;
}

/** Training of a teacher as configured. */
function teacherTraining({ config, corpus }: TextTrainingOptions): Omit<Training, 'label'> {
  const network = networkConfig(config, corpus.tokenizer);
  const family = familyFor(config, corpus.tokenizer);
  const { updates, batch } = config.teacher;
  return {
    ...{ role: 'teacher', config, corpus, network, updates },
    size: { trained: 1, frozen: 0, steps: 1, batch, predicted: predictedShare(family) },
    family: family.spec,
    async open(engine) {
      const context = { config, engine, corpus, network };
      const [task, validation] = [makeTeacherTask(context), makeValidation(context, 'teacher')];
      return {
        task,
        guard: async () => validation?.guard,
        dispose() {
          validation?.dispose();
          task.dispose();
        },
      };
    },
  };
}

/** The first tokens of the training text, as a file of the scorer's folder. */
const firstTokens = (corpus: PreparedCorpus, { config }: NetworkDescription): Readonly<Record<string, string>> => ({
  [FIRST_TOKEN]: firstTokenFile(countFirstTokens(corpus, textLength(config), config.vocabSize)),
});

/** Training of the autoregressive scorer as configured. */
function scorerTraining({ config, corpus }: TextTrainingOptions): Omit<Training, 'label'> {
  const base = networkConfig(config, corpus.tokenizer);
  const network = scorerNetwork(base);
  const { updates, batch } = config.scorers.autoregressive;
  return {
    ...{ role: 'scorer', config, corpus, network, updates },
    size: { trained: 1, frozen: 0, steps: 1, batch, predicted: 1 },
    family: undefined,
    async open(engine) {
      const context = { config, engine, corpus, network: base };
      const [task, validation] = [makeScorerTask(context), makeValidation(context, 'scorer')];
      return {
        task,
        files: firstTokens(corpus, network),
        guard: async () => validation?.guard,
        dispose() {
          validation?.dispose();
          task.dispose();
        },
      };
    },
  };
}

/** Training of a network on text as configured. */
export const textTraining = (target: TrainedOnText, options: TextTrainingOptions): Training => ({
  ...(target === 'teacher' ? teacherTraining(options) : scorerTraining(options)),
  label: `Training the ${target}`,
});
