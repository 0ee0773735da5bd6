/** Where a server tells what it does; loggers of pino are such. Texts of users are never told. */
export interface ServerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Tells nothing. */
export const SILENT: ServerLog = { info() {}, warn() {}, error() {} };
