import type { NetworkDescription } from '@idlm/core-diffusion';
import { textLength } from '@idlm/denoiser';
import { FIRST_TOKEN, countFirstTokens, firstTokenFile } from '../models/first-token';
import type { Recipe } from '../resolved/recipe';
import type { PreparedCorpus } from '../text/corpus';
import { drawnPerToken, predictedShare } from './memory-estimate';
import { makeScorerTask, makeTeacherTask, scorerNetwork } from './tasks';
import type { Training } from './training';
import { type TrainedOnText, makeValidation } from './validation';

/** Training of a teacher as configured. */
function teacherTraining(recipe: Recipe): Omit<Training, 'label'> {
  const { family, network } = recipe;
  const { updates, batch, accumulate } = recipe.config.teacher;
  return {
    ...{ role: 'teacher', recipe, network, updates },
    size: {
      ...{ trained: 1, frozen: 0, steps: 1, batch, accumulate },
      ...{ predicted: predictedShare(family), drawn: drawnPerToken(family) },
    },
    family: family.spec,
    async open(engine, ranks) {
      const context = { ...recipe, engine, ranks };
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
function scorerTraining(recipe: Recipe): Omit<Training, 'label'> {
  const network = scorerNetwork(recipe.network);
  const { updates, batch, accumulate } = recipe.config.scorers.autoregressive;
  return {
    ...{ role: 'scorer', recipe, network, updates },
    size: { trained: 1, frozen: 0, steps: 1, batch, accumulate, predicted: 1 },
    family: undefined,
    async open(engine, ranks) {
      const context = { ...recipe, engine, ranks };
      const [task, validation] = [makeScorerTask(context), makeValidation(context, 'scorer')];
      return {
        task,
        files: firstTokens(recipe.corpus, network),
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
export const textTraining = (target: TrainedOnText, recipe: Recipe): Training => ({
  ...(target === 'teacher' ? teacherTraining(recipe) : scorerTraining(recipe)),
  label: `Training the ${target}`,
});
