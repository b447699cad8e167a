/** What went wrong, in one word. */
export type ServiceErrorCode =
  | "unknown-connection"
  | "empty-channel"
  | "long-name"
  | "forbidden-origin"
  | "bad-handshake"
  | "bad-input"
  | "service-closed";

/** The error of everything the service refuses; `code` says which, the message how to put it right. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string) {
    super(message);
    this.name = "ServiceError";
    this.code = code;
  }
}

/** The error for a message that cannot be understood; a handler throws it too, for a param it does not accept. */
export function badInput(remedy: string): ServiceError {
  return new ServiceError("bad-input", remedy);
}
