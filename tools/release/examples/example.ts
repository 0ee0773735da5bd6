/** A piece of documentation that is a program: a block of a Markdown file or of a doc comment, or a file of its own. */
export interface Example {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Line of that file, from 1, on which the code begins. */
  readonly line: number;
  /** TypeScript, a module by itself. */
  readonly code: string;
  /** Why it is not run, where it says so. */
  readonly noRun?: string;
}

/** What is wrong with an example, and where. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What an example printed, and what it threw. */
export interface Outcome {
  readonly printed: readonly string[];
  /** The stack of the error that ended it. */
  readonly error?: string;
}
