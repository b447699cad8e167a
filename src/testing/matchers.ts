import type { DropReason, Message, SocketState } from "../index";
import { logOf } from "./watch";

/** What a runner gets of a matcher. */
export interface MatcherResult {
  /** Whether it fits. */
  readonly pass: boolean;
  /** What a failure says. */
  message(): string;
}

/** What Vitest, Jest and Bun give a matcher as `this`. */
export interface MatcherContext {
  /** Compares deeply, asymmetric matchers included. */
  equals(one: unknown, other: unknown): boolean;
  /** Whether it is used behind `.not`. */
  readonly isNot?: boolean | undefined;
  /** Prints values. */
  readonly utils: {
    /** Prints an expected value. */
    printExpected(value: unknown): string;
    /** Prints a value that was found. */
    printReceived(value: unknown): string;
  };
}

/** Matchers for mock servers and sockets, for `expect.extend`. */
export interface WirelineMatchers<R = void> {
  /** Whether a mock server or one of its clients has received a command, with a param if one is given. */
  toHaveReceived(cmd: string, param?: unknown): R;
  /** Whether a socket is open. */
  toBeOpen(): R;
  /** Whether a socket that is watched has dropped a message, for a reason if one is given. */
  toHaveDropped(reason?: DropReason): R;
}

interface Receiver {
  received(): readonly Message[];
}

interface SocketLike {
  readonly state: SocketState;
  explain(): string;
}

type Matchers = {
  readonly [K in keyof WirelineMatchers]: (
    this: MatcherContext,
    received: unknown,
    ...args: Parameters<WirelineMatchers[K]>
  ) => MatcherResult;
};

/** The matchers, for `expect.extend(matchers)`. */
export const matchers: Matchers = {
  toHaveReceived(received, cmd, ...params) {
    const messages = requireReceiver(received).received();
    const ofCommand = messages.filter((message) => message.cmd === cmd);
    const pass = params.length === 0 ? ofCommand.length > 0 : ofCommand.some(({ param }) => this.equals(param, params[0]));
    // Called as its methods: Bun's need that.
    const { utils } = this;
    const wanted = params.length === 0 ? utils.printExpected(cmd) : `${utils.printExpected(cmd)} with ${utils.printExpected(params[0])}`;
    const found = ofCommand.length
      ? ofCommand.map(({ param }) => `\n  ${utils.printReceived(param)}`).join("")
      : ` other commands: ${utils.printReceived(messages.map((message) => message.cmd))}`;
    return { pass, message: () => `The server ${pass ? "has" : "has not"} received ${wanted}; it has received:${found}` };
  },

  toBeOpen(received) {
    const socket = requireSocket(received);
    const pass = socket.state.status === "open";
    return { pass, message: () => `The socket is ${pass ? "open" : "not open"}: ${socket.explain()}` };
  },

  toHaveDropped(received, reason) {
    const log = logOf(requireSocket(received));
    if (!log) throw new TypeError("The socket is not watched: call watch(socket) of wireline/testing before it drops anything.");
    const drops = log.drops.map((drop) => [drop.message.cmd, drop.reason] as const);
    const pass = drops.some(([, why]) => reason === undefined || why === reason);
    const { utils } = this;
    const wanted = reason === undefined ? "a message" : `a message for the reason ${utils.printExpected(reason)}`;
    return {
      pass,
      message: () => `The socket ${pass ? "has" : "has not"} dropped ${wanted}; it has dropped: ${utils.printReceived(drops)}`,
    };
  },
};

function requireReceiver(value: unknown): Receiver {
  const { received } = (value ?? {}) as Partial<Receiver>;
  if (typeof received !== "function") throw new TypeError("This is no mock server and no client of one: pass what mockServer() returns.");
  return value as Receiver;
}

function requireSocket(value: unknown): SocketLike {
  const { explain } = (value ?? {}) as Partial<SocketLike>;
  if (typeof explain !== "function") throw new TypeError("This is no socket: pass what `new Socket()` returns.");
  return value as SocketLike;
}
