/** What a text weighs under a judge: sums over its tokens that count, so that texts can be pooled. */
export interface TextWeight {
  /** −Σ ln p, in nats. */
  readonly nats: number;
  /** How many tokens count. */
  readonly tokens: number;
  /** UTF-8 bytes of the text of these tokens; those that are no text, such as the end of one, have none. */
  readonly bytes: number;
}
