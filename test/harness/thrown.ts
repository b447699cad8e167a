import { expect } from "vitest";
import { SocketError } from "../../src/errors";

/** The SocketError that a call throws. */
export function errorOf(call: () => unknown): SocketError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(SocketError);
    return error as SocketError;
  }
  throw new Error("nothing was thrown");
}
