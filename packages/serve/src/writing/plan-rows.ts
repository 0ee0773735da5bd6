import { encodePiece } from '@idlm/data';
import { FREE } from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import type { Limits } from '../requests/limits';
import { wrong } from '../requests/request-error';
import type { WritingBody } from '../requests/schema';
import type { PlannedRow } from './plan';

/** Tokens that are written before a suffix where nothing says how many, as OpenAI's default has it. */
const TOKENS_BEFORE_SUFFIX = 16;

/** Pieces of a text around holes whose lengths are known. */
export type SettledInfill = (string | { readonly tokens: number })[];

/** A request whose holes have lengths. */
export type SettledBody = Omit<WritingBody, 'infill'> & { readonly infill?: SettledInfill };

/** Most tokens of a text of a model; in blocks it may be longer than what the model reads. */
export const mostTokens = ({ length }: ServedModel, limits: Limits, block?: number | null): number =>
  typeof block === 'number' ? limits.length : Math.min(length, limits.length);

/** @throws RequestError for ids that the model has not */
function checkedIds(model: ServedModel, ids: readonly number[]): Int32Array {
  const { vocabSize, maskId } = model.family.process;
  const stray = ids.find((id) => id >= vocabSize || id === maskId);
  if (stray === undefined) return Int32Array.from(ids);
  throw wrong('prompt', `prompt: ${stray} is no token of the model; ids are below ${vocabSize}.`);
}

const isIds = (prompt: readonly unknown[]): prompt is readonly number[] => typeof prompt[0] === 'number';

/** The prompts of a request, as ids. */
function promptsOf(model: ServedModel, prompt: WritingBody['prompt']): Int32Array[] {
  const encode = (text: string) => (model.encodePrompt ? model.encodePrompt(text) : encodePiece(model.tokenizer, text));
  if (prompt === undefined || prompt === null || typeof prompt === 'string') return [encode(prompt ?? '')];
  if (isIds(prompt)) return [checkedIds(model, prompt)];
  return prompt.map((one) => (typeof one === 'string' ? encode(one) : checkedIds(model, one)));
}

/** A row whose tokens are those of pieces behind one another; holes are numbers of tokens. */
function rowOf(pieces: readonly (Int32Array | number)[]): Int32Array {
  return Int32Array.from(
    pieces.flatMap((piece) => (typeof piece === 'number' ? new Array<number>(piece).fill(FREE) : [...piece])),
  );
}

/** @throws RequestError where what is given leaves no room */
function requireRoom(field: string, given: number, asked: number, most: number): void {
  if (given + asked <= most) return;
  throw wrong(
    field,
    `This model's maximum context length is ${most} tokens; ${given} are given (${field}) and ${asked} are to be written. Give less.`,
  );
}

/** Text behind a prompt, with as much room as is asked for, or else as the model has, and no more than there may be. */
function behindPrompt(
  prompt: Int32Array,
  { max_tokens, block }: SettledBody,
  model: ServedModel,
  most: number,
): PlannedRow {
  requireRoom('prompt', prompt.length, 1, most);
  const ownRoom = Math.max(model.length - prompt.length, block ?? 0);
  const room = Math.min(max_tokens ?? ownRoom, most - prompt.length);
  const clamp = rowOf([prompt, room]);
  return { clamp, region: { from: prompt.length, to: clamp.length, isOpenEnded: true, holes: [] } };
}

/** Text between a prompt and a suffix. */
function beforeSuffix(prompt: Int32Array, suffix: Int32Array, { max_tokens }: SettledBody, most: number): PlannedRow {
  const given = prompt.length + suffix.length;
  requireRoom('suffix', given, max_tokens ?? 1, most);
  const hole = max_tokens ?? Math.min(TOKENS_BEFORE_SUFFIX, most - given);
  const [from, to] = [prompt.length, prompt.length + hole];
  return { clamp: rowOf([prompt, hole, suffix]), region: { from, to, isOpenEnded: false, holes: [] } };
}

/** A text with holes. */
function withHoles(model: ServedModel, infill: SettledInfill, most: number): PlannedRow {
  const pieces = infill.map((piece) =>
    typeof piece === 'string' ? encodePiece(model.tokenizer, piece) : piece.tokens,
  );
  let at = 0;
  const holes: [number, number][] = [];
  for (const piece of pieces) {
    const size = typeof piece === 'number' ? piece : piece.length;
    if (typeof piece === 'number') holes.push([at, at + size]);
    at += size;
  }
  if (!holes.length)
    throw wrong(
      'infill',
      'infill has no hole; put {"tokens": N} where N tokens are to be written, or {} for as many as fit.',
    );
  const written = holes.reduce((sum, [from, to]) => sum + to - from, 0);
  requireRoom('infill', at - written, written, most);
  return { clamp: rowOf(pieces), region: { from: 0, to: at, isOpenEnded: false, holes } };
}

/** @throws RequestError for fields that exclude one another */
function refuseTogether({ infill, prompt, suffix, max_tokens, block }: SettledBody): void {
  if (typeof block === 'number' && (infill || suffix))
    throw wrong(
      'block',
      'block writes from left to right and does not see what stands behind; leave it out beside suffix and infill.',
    );
  if (infill === undefined) return;
  const others = Object.entries({ prompt, suffix, max_tokens }).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : name,
  );
  if (others.length)
    throw wrong(others[0]!, `infill says what is given and written; leave ${others.join(' and ')} out beside it.`);
}

/**
 * The texts that a request asks for, those of each prompt together.
 * @throws RequestError where there is no room, and for fields that exclude one another; InputError for text that the tokenizer lacks
 */
export function planRows(body: SettledBody, model: ServedModel, limits: Limits): PlannedRow[] {
  refuseTogether(body);
  const most = mostTokens(model, limits, body.block);
  const repeated = (row: PlannedRow) => new Array<PlannedRow>(body.n ?? 1).fill(row);
  if (body.infill) return repeated(withHoles(model, body.infill, most));
  const suffix = body.suffix ? encodePiece(model.tokenizer, body.suffix) : undefined;
  return promptsOf(model, body.prompt).flatMap((prompt) =>
    repeated(suffix ? beforeSuffix(prompt, suffix, body, most) : behindPrompt(prompt, body, model, most)),
  );
}

/** @throws RequestError where all texts together have more tokens than a request may ask for */
export function requireTokens(rows: readonly PlannedRow[], { tokens }: Limits): void {
  const asked = rows.reduce((sum, { clamp }) => sum + clamp.length, 0);
  if (asked <= tokens) return;
  throw wrong(
    'max_tokens',
    `The texts of a request have at most ${tokens} tokens together here; ${asked} were asked for.`,
  );
}

/** Texts that a request asks for, before its model is known. */
export const countRows = ({ prompt, n, infill }: WritingBody): number =>
  (n ?? 1) * (Array.isArray(prompt) && !isIds(prompt) && !infill ? prompt.length : 1);
