import type { Override } from './overrides';
import type { ConfigValues } from './schema';

/** What a configuration is made from; later ones win. */
export interface ConfigSources {
  /** A configuration below all others, such as that of a run that goes on, and its name. */
  readonly base?: { readonly config: ConfigValues; readonly name: string };
  /** Name of a preset that stands below the file. */
  readonly preset?: string;
  /** Text of the file and its name in messages; without one, defaults alone. */
  readonly file?: { readonly text: string; readonly name: string };
  /** Values that a program gives; a choice stands as a whole. */
  readonly set?: ConfigValues;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `--set a.b=c`. */
  readonly settings?: readonly string[];
  /** Modules of `--import`. */
  readonly imports?: readonly string[];
  /** Fields set by flags of their own, such as `--engine`. */
  readonly flags?: readonly Override[];
}
