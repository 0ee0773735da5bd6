import { randomInt } from 'node:crypto';
import { isInputError, isUnknownName } from '@idlm/core-diffusion/errors';
import {
  type LogitShaper,
  type Sampler,
  checkCompatible,
  composeShapers,
  noRepeatedNGram,
  nucleus,
  repetitionPenalty,
  samplers,
  suitableSampler,
  temperature,
  timeGrid,
  topK,
} from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import type { Limits } from '../requests/limits';
import { RequestError, wrong } from '../requests/request-error';
import type { WritingPlan } from './plan';
import { type SettledBody, planRows, requireTokens } from './plan-rows';

/** Adds to the logits of tokens. @throws RequestError for ids that the model has not */
function bias(added: Readonly<Record<string, number>>, vocabSize: number): LogitShaper {
  const entries = Object.entries(added).map(([id, value]) => [Number(id), value] as const);
  const stray = entries.find(([id]) => id >= vocabSize);
  if (stray) throw wrong('logit_bias', `logit_bias: ${stray[0]} is no token of the model; ids are below ${vocabSize}.`);
  return (logits) => entries.forEach(([id, value]) => (logits[id]! += value));
}

/** Changes of logits in the usual order: bias, temperature, against repetition, of which padding is none, top-k, nucleus. */
function shaperOf(body: SettledBody, { sampling, family, tokenizer }: ServedModel): LogitShaper {
  const tau = body.temperature ?? sampling.temperature;
  const penalty = body.repetition_penalty ?? sampling.repetitionPenalty ?? 1;
  const n = body.no_repeat_ngram_size ?? sampling.noRepeatedNGram;
  const [k, p] = [body.top_k ?? sampling.topK, body.top_p ?? sampling.topP];
  return composeShapers(
    ...(body.logit_bias ? [bias(body.logit_bias, family.process.vocabSize)] : []),
    ...(tau === 1 ? [] : [temperature(tau)]),
    ...(penalty === 1 ? [] : [repetitionPenalty(penalty, Infinity, tokenizer.padId)]),
    ...(n === undefined ? [] : [noRepeatedNGram(n, tokenizer.padId)]),
    ...(k === undefined ? [] : [topK(k)]),
    ...(p === 1 ? [] : [nucleus(p, sampling.nucleusRule)]),
  );
}

/** @throws RequestError for a sampler that there is not, or that does not work on the model's kind of noise */
function samplerOf({ sampler }: SettledBody, { sampling, family }: ServedModel): Sampler {
  const asked = typeof sampler === 'string' ? { name: sampler } : (sampler ?? sampling.sampler);
  try {
    const made = asked ? samplers.create(asked) : suitableSampler(family.process);
    checkCompatible(made, family);
    return made;
  } catch (error) {
    if (!isInputError(error) || !sampler) throw error;
    throw new RequestError(400, error.message, {
      param: 'sampler',
      ...(isUnknownName(error) ? { code: 'sampler_not_found' } : {}),
    });
  }
}

/** Steps of a text: those that are asked for, else as many as lie between the times that are. @throws RequestError for more than the limits allow */
function stepsOf({ steps: asked, spacing }: SettledBody, { sampling }: ServedModel, limits: Limits): number {
  const steps = asked ?? (Array.isArray(spacing) ? spacing.length - 1 : sampling.steps);
  if (steps <= limits.steps) return steps;
  const field = typeof asked === 'number' || !spacing ? 'steps' : 'spacing';
  throw wrong(
    field,
    `${field === 'steps' ? 'steps is' : 'spacing has'} at most ${limits.steps} ${field === 'steps' ? '' : 'steps '}here; ${steps} were asked for.`,
  );
}

/** Times from noise to text. @throws RequestError for a list of them that does not fall */
function gridOf({ spacing: asked }: SettledBody, { sampling }: ServedModel, steps: number): Float64Array {
  try {
    return timeGrid(steps, { spacing: asked ?? sampling.spacing });
  } catch (error) {
    throw asked && isInputError(error) ? wrong('spacing', `spacing: ${error.message}`) : error;
  }
}

/** Tokens of a block. @throws RequestError for more than the model reads */
function blockOf({ block }: SettledBody, { length }: ServedModel): number | undefined {
  if (typeof block !== 'number' || block <= length) return block ?? undefined;
  throw wrong('block', `block is at most what the model reads, ${length} tokens; ${block} was given.`);
}

/**
 * What a request asks of a model.
 * @throws RequestError for what the model, or the limits, do not allow
 */
export function planWriting(body: SettledBody, model: ServedModel, limits: Limits): WritingPlan {
  const { best_of, n, stop, seed } = body;
  if (best_of !== null && best_of !== undefined && best_of !== (n ?? 1))
    throw wrong('best_of', 'best_of is not supported: texts have no likelihood here; leave it out, or give n.');
  const steps = stepsOf(body, model, limits);
  const rows = planRows(body, model, limits);
  requireTokens(rows, limits);
  const sampler = samplerOf(body, model);
  return {
    rows,
    sampler,
    samplerName: sampler.spec.name,
    shape: shaperOf(body, model),
    grid: gridOf(body, model, steps),
    steps,
    block: blockOf(body, model),
    seed: seed ?? randomInt(2 ** 31),
    stop: typeof stop === 'string' ? [stop] : (stop ?? []),
  };
}
