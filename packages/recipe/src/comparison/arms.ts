import { InputError, didYouMean, quoted, shortened } from '@idlm/core-diffusion';
import { objectives } from '@idlm/idlm-loss';

/** One way of distilling in a comparison: a name, and the settings in which its distillation differs. */
export interface Arm {
  readonly name: string;
  /** `field=value`, as `--set` takes them. */
  readonly settings: readonly string[];
}

/**
 * Settings in which each objective is at home, found by trial on the quickstart's text with one seed; an `--arm` sets others.
 * What is not named here is as for IDLM.
 */
const AT_HOME: Readonly<Record<string, readonly string[]>> = {
  'continued-training': ['distillation.student.learningRate=0.0005'],
  sdtt: ['distillation.student.learningRate=0.0005', 'distillation.objective.options.refreshEvery=80'],
  dcd: ['distillation.student.learningRate=0.0005', 'distillation.objective.options.refreshEvery=80'],
  'didi-instruct': ['distillation.student.learningRate=0.00003'],
};

/** The arm of an objective by its name. @throws InputError naming the nearest one */
function armOf(objective: string): Arm {
  const names = objectives.entries().map(([name]) => name);
  if (!names.includes(objective))
    throw new InputError(
      `There is no objective "${shortened(objective)}"; ${didYouMean(objective, names, `choose among ${names.join(', ')}.`)}`,
    );
  // IDLM is as configured; naming another objective leaves its options behind.
  if (objective === 'idlm') return { name: objective, settings: [] };
  return { name: objective, settings: [`distillation.objective=${objective}`, ...(AT_HOME[objective] ?? [])] };
}

/** What all arms of a comparison share: updates follow from the budget, which counts no rows, and there is no guard. */
const SHARED = /^distillation\.(updates|batch|guard)\b/;

/**
 * An arm of one's own, `name: field=value field=value …`.
 * @throws InputError for text of another form, or a field in which arms do not differ
 */
function readArm(text: string): Arm {
  const [, name, settings] = /^\s*([\w.-]+)\s*:\s*(.*)$/s.exec(text) ?? [];
  if (!name) throw new InputError(`An arm is "name: field=value field=value"; ${quoted(text)} was given.`);
  const fields = settings!.split(/\s+/).filter(Boolean);
  const shared = fields.find((field) => !field.startsWith('distillation.') || SHARED.test(field));
  if (shared !== undefined)
    throw new InputError(
      `Arms differ in their distillation, but for its updates, batch and guard; the arm "${name}" sets ${shared}: give that to all by --set.`,
    );
  return { name, settings: fields };
}

/**
 * The arms of a comparison: objectives by name, and others with their own settings.
 * @throws InputError for unknown objectives, arms of another form, or two arms of one name
 */
export function readArms(objectiveNames: string, given: readonly string[]): Arm[] {
  const arms = [
    ...objectiveNames
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .map(armOf),
    ...given.map(readArm),
  ];
  const twice = arms.find(({ name }, i) => arms.findIndex((other) => other.name === name) !== i);
  if (twice) throw new InputError(`Two arms are called "${twice.name}"; give each a name of its own.`);
  if (!arms.length) throw new InputError('Nothing to compare: name objectives, or give arms.');
  return arms;
}
