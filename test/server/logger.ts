/** Where the server tells what it does; `console` is one. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The logger that says nothing, which is the default. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Names an error and the place it was thrown, without its message: a message may quote a param, and params are not logged. */
export function nameError(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const place = /^\s+at .*$/m.exec(error.stack ?? "");
  return place ? `${error.name} ${place[0].trim()}` : error.name;
}

/** Makes a name that came from the network fit for one line of a log. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}
