import pc from 'picocolors';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a stream shows colours: a terminal that is not dumb, unless NO_COLOR or --no-color says otherwise; FORCE_COLOR
 * turns them on in a pipe.
 */
export function showsColours(isTerminal: boolean, environment: Environment, noColour = false): boolean {
  if (noColour || environment['NO_COLOR'] || environment['TERM'] === 'dumb') return false;
  const force = environment['FORCE_COLOR'];
  return force !== undefined ? force !== '0' && force !== 'false' : isTerminal;
}

/** The few colours in use; without colours each gives its text back. */
export const colours = (enabled: boolean) => {
  const { bold, dim, red, yellow, green, cyan } = pc.createColors(enabled);
  return { bold, dim, red, yellow, green, cyan };
};

/** Colours of a stream. */
export type Colours = ReturnType<typeof colours>;
