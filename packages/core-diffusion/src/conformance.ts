/** One named promise of an implementation; `run` rejects when it is broken. Any test runner can call it. */
export interface ConformanceCheck {
  readonly name: string;
  run(): Promise<void>;
}

/** Rejects a broken promise. @throws Error with the message unless the condition holds */
export function demand(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
