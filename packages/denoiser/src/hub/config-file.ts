import { InputError, type NetworkConfig } from '@idlm/core-diffusion';
import type { ConfigFields, ModelKnowledge, ReadConfig } from '../networks/network-type';
import { denoisers } from '../registry';
import { requireTiming } from '../config/timing';
import { modelFamily } from '../config/family-field';
import { importAdvice, modelOrigin, originField } from '../config/origin';
import type { SavedModel } from '../config/saved-model';

/**
 * The fields of a network in `config.json`: those of its public layout, or where it has none, and for networks that are not
 * registered, type and configuration as they are.
 */
export function networkFields(model: SavedModel): ConfigFields {
  const { type, config } = model.network;
  const layout = denoisers.find(type)?.layout;
  return layout
    ? layout.write(config, model.type ?? model.family?.name ?? (config.causal ? 'ar' : type))
    : { model_type: type, network: config };
}

/** `config.json` of a model. */
export const configFields = (model: SavedModel): ConfigFields => ({
  ...networkFields(model),
  ...(model.family ? { family: model.family } : {}),
  ...originField(model),
});

/** What every network's configuration says, checked; the rest is for its type to check. */
function requireConfig(value: unknown, what: string): NetworkConfig {
  const { vocabSize, length, timeConditioned } = (value ?? {}) as Partial<NetworkConfig>;
  if (Number.isInteger(vocabSize) && Number.isInteger(length) && typeof timeConditioned === 'boolean')
    return value as NetworkConfig;
  throw new InputError(
    `${what} lacks a network with whole numbers vocabSize and length, and timeConditioned true or false; save the model again.`,
  );
}

/** @throws InputError for a type that nobody has registered, saying what to import where that is told */
function requireType(fields: ConfigFields, what: string): string {
  const { model_type: type } = fields;
  if (typeof type === 'string' && denoisers.find(type)) return type;
  const published = new Set(denoisers.entries().flatMap(([, { layout }]) => layout?.modelTypes ?? []));
  const reads = `this reads ${[...published].join(', ')}`;
  throw new InputError(
    type === undefined
      ? `${what} names no model_type; ${reads}.`
      : `${what} is of model type "${String(type)}"; ${reads}, and other networks once they are registered: ${importAdvice(modelOrigin(fields))}.`,
  );
}

/**
 * What a `config.json` says of a model's network and family.
 * @param what the file in messages
 * @param known what it may not say
 * @throws InputError for a network or a family that nobody has registered, for what a network cannot do, and for what is
 * missing or contradicts what is known
 */
export function readConfigFields(value: unknown, what: string, known: ModelKnowledge = {}): ReadConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${what} holds no JSON object; it is no model configuration.`);
  const fields = value as ConfigFields;
  const published = denoisers.entries().find(([, { layout }]) => layout?.reads(fields));
  if (published) return published[1].layout!.read(fields, what, known);
  const type = requireType(fields, what);
  const config = requireConfig(fields['network'], what);
  requireTiming(config.timeConditioned, known.timeConditioned, what);
  const family = modelFamily(fields, what);
  return { modelType: type, network: { type, config }, ...(family ? { family } : {}), assumed: [] };
}
