/** What is said of something that was looked at. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly what: string;
  /** `absent`: not there, and needed for some things alone; `warning`: it works, and may not for long; `error`: asked for or installed, and broken. */
  readonly state: 'ok' | 'absent' | 'warning' | 'error';
  /** What was found, as a clause. */
  readonly found: string;
  /** What to do, as a clause. */
  readonly advice?: string;
}

/** What a look at something finds; where it fails, that is an error which says why. */
export async function finding(what: string, look: () => Promise<Omit<Finding, 'what'>>): Promise<Finding> {
  try {
    return { what, ...(await look()) };
  } catch (error) {
    return { what, state: 'error', found: (error as Error).message.replace(/\.$/, '') };
  }
}
