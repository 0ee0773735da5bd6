import { InputError } from '@idlm/core-diffusion';
import { type Optimizer, optimizers } from '@idlm/trainer';
import type { Config, OptimizerConfig } from './schema';

/** Fields that are AdamW's alone, with what they are where nobody has set them. */
const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;
const FIELDS = Object.keys(ADAMW) as (keyof typeof ADAMW)[];

/**
 * How the configured optimizer moves weights.
 * @throws InputError for a name or an option that there is not, and for fields of AdamW beside another method
 */
export function configuredMethod({ method, ...config }: OptimizerConfig): Optimizer {
  if (method.name === 'adamw') {
    const fields = Object.fromEntries(FIELDS.map((field) => [field, config[field]]));
    return optimizers.create({ name: 'adamw', options: { ...fields, ...method.options } });
  }
  const set = FIELDS.find((field) => config[field] !== ADAMW[field]);
  if (set)
    throw new InputError(
      `${set} is a field of AdamW and the method is ${method.name}; give it as an option: { name: ${method.name}, options: { ${set}: ${config[set]} } }.`,
    );
  return optimizers.create(method);
}

/** All configured optimizers, by their place. */
export const optimizersIn = ({
  teacher,
  distillation,
  scorers,
}: Config): readonly (readonly [string, OptimizerConfig])[] => [
  ['teacher.optimizer', teacher.optimizer],
  ['distillation.student', distillation.student],
  ['distillation.fake', distillation.fake],
  ['scorers.autoregressive.optimizer', scorers.autoregressive.optimizer],
];
