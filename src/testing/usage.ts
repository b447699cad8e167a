import { SocketError } from "../index";

/** The error for a call that is wrong. */
export function usage(message: string): SocketError {
  return new SocketError("usage", { message });
}
