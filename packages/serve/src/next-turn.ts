/** Lets other events of the process have their turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
