import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '@idlm/core-diffusion';
import { loadModel, saveModel } from '@idlm/denoiser/node';
import { saveTokenizer } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { OnEvent } from '@idlm/recipe';
import { budgetOf, planArm, readArms } from '@idlm/recipe/comparison';
import { type Config, resolveConfig } from '@idlm/recipe/config';
import { savedModel } from '@idlm/recipe/models';
import { manifestOf, saveTrainingRecord, settingsOf } from '@idlm/recipe/records';
import type { Recipe } from '@idlm/recipe/resolved';
import { type MadeModel, type MakingPlace, madeModel, studentTraining, textTraining } from '@idlm/recipe/runs';
import { assetFolder } from '../assets';
import type { QuickstartSettings } from './settings';

/** What the models of a quickstart are made from and with. */
export interface QuickstartContext extends Recipe, Omit<MakingPlace, 'path' | 'onEvent'> {
  readonly chosen: QuickstartSettings;
  /** What `config` was made from. */
  readonly settings: readonly string[];
  readonly engine: Engine;
  /** Folder of the quickstart. */
  readonly out: string;
  readonly onEvent: OnEvent;
}

/** A model of a quickstart; one that comes with the package was not made here. */
type QuickstartModel = { readonly parameters: Parameters } & Partial<MadeModel>;

/** The models of a quickstart, by name. */
export interface QuickstartModels {
  readonly teacher: QuickstartModel;
  readonly student: QuickstartModel;
  readonly control?: QuickstartModel;
}

const folderOf = ({ out }: QuickstartContext, name: string): string => join(out, name);

/** What the record of a model that comes with the package says of its engine, versions and time. */
const NOT_TRAINED_HERE =
  'It comes with the package, and was trained before; the engine and the versions are those that copied it.';

/** The configuration that a model which comes with the package was trained with. */
async function assetConfig(asset: string): Promise<Config> {
  const name = join(assetFolder(asset), 'training.yaml');
  return resolveConfig({ file: { name, text: await readFile(name, 'utf8') } }).config;
}

/** The teacher that comes with the package, in the quickstart's folder. */
async function givenTeacher(context: QuickstartContext, asset: string): Promise<QuickstartModel> {
  const {
    corpus,
    network,
    family: { spec: family },
  } = context;
  const message = 'Teacher: the small one that comes with the package; its training.yaml says how it was trained.';
  context.onEvent({ kind: 'note', message });
  const [{ parameters }, folder] = [await loadModel(assetFolder(asset)), folderOf(context, 'teacher')];
  const role = 'teacher';
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await saveModel(folder, { family, network, parameters, role, metadata: { role } });
  await saveTokenizer(folder, corpus.tokenizer);
  // Who uses the model later takes its text from here, and learns how it was trained, which was not by this quickstart.
  const trained = await assetConfig(asset);
  const manifest = manifestOf({ ...context, config: trained, role, path: folder, notes: [NOT_TRAINED_HERE] });
  await saveTrainingRecord(folder, { config: settingsOf(trained, role), manifest });
  return { parameters };
}

/** The teacher: the one that comes with the package, or one that is trained now. */
function teach(context: QuickstartContext): Promise<QuickstartModel> {
  const { teacher } = context.chosen;
  if (teacher) return givenTeacher(context, teacher);
  return madeModel(textTraining('teacher', context), { ...context, path: folderOf(context, 'teacher') });
}

/** The teacher, to distil from. */
function teacherOf(context: QuickstartContext) {
  const folder = folderOf(context, 'teacher');
  return { folder, stored: savedModel(folder, context.network) };
}

const distil = (context: QuickstartContext): Promise<QuickstartModel> =>
  madeModel(studentTraining({ recipe: context, teacher: teacherOf(context) }), {
    ...context,
    path: folderOf(context, 'student'),
  });

/** The control arm: the teacher trained on, with as many passes of the network as the student took. */
function trainOn(context: QuickstartContext): Promise<QuickstartModel> {
  const [control] = readArms('continued-training', []);
  const { config } = resolveConfig({
    settings: [...context.settings, ...control!.settings, 'distillation.guard=null'],
  });
  const arm = planArm(context, 'continued-training', config, budgetOf(context));
  const training = studentTraining({ recipe: { ...context, config: arm.config }, teacher: teacherOf(context) });
  const label = 'Control: training the teacher on';
  return madeModel({ ...training, label }, { ...context, path: folderOf(context, 'control') });
}

/** Makes the models of a quickstart, but for those that are there. */
export async function quickstartModels(context: QuickstartContext): Promise<QuickstartModels> {
  const teacher = await teach(context);
  const student = await distil(context);
  return { teacher, student, ...(context.chosen.control ? { control: await trainOn(context) } : {}) };
}
