import { type Compile, createRegistry, requireMembers } from '@idlm/core-diffusion';
import { nGramScorer } from './n-gram';
import { type Judge, readsText } from './scorer';

/** What a judge is made for: the vocabulary of the samples, and the text that their model was trained on. */
export interface ScorerContext {
  /** Token ids; where it is rows, one after another. */
  readonly train: ArrayLike<number>;
  /** Tokens of a row, where each is a text of its own. */
  readonly rowLength?: number;
  /** Entries, the mask included. */
  readonly vocabSize: number;
  /** Text of ids, for judges that read text. */
  decode(ids: ArrayLike<number>): string;
  /** Tokens of a sample. */
  readonly length?: number;
  /** What runs networks, for judges that are some. */
  readonly compile?: Compile;
}

/**
 * The judges by name; a user's own package adds to them with `register`: judges of tokens, or of text (`TextScorer`). One may be made in
 * some time, such as from a file.
 * @example
 * ```ts
 * import { type Scorer, scorers } from '@idlm/evaluation';
 *
 * scorers.register('lengths', {
 *   description: 'as many nats as a token has letters',
 *   create: (_options, { decode }) => ({
 *     name: 'lengths',
 *     score: async ({ ids }) => Float64Array.from(ids, (id) => decode([id]).length),
 *   }),
 * });
 * const text = { train: [0, 1, 0], vocabSize: 3, decode: (ids: ArrayLike<number>) => 'a'.repeat(ids[0]!) };
 * const judge = (await scorers.create('lengths', text)) as Scorer; // of tokens, as it was registered
 * console.log(...(await judge.score({ ids: Int32Array.of(0, 2), batch: 1, length: 2 }))); // → 0 2
 * ```
 */
export const scorers = /* @__PURE__ */ createRegistry<Judge | Promise<Judge>, ScorerContext>(
  'judge',
  (define) => ({
    'n-gram': define({
      description: 'interpolated n-grams of the training text',
      options: {
        order: {
          kind: 'number',
          whole: true,
          minimum: 1,
          meaning: 'their longest context, plus one (default: up to 6, as memory allows)',
        },
      },
      create: ({ order }, { train, rowLength, vocabSize }) => nGramScorer(train, { order, vocabSize, rowLength }),
    }),
  }),
  (named, judge) => {
    requireMembers(named, judge, { name: 'string' });
    requireMembers<object>(named, judge, readsText(judge) ? { weigh: 'function' } : { score: 'function' });
  },
);
