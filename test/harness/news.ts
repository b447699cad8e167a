import type { DropReason, Message, Socket, SocketClose, SocketErrorCode, SocketOptions, SocketState } from "../../src/index";

// Runs in the page, beside the library: tests reach it by the globals below.

/** What a page has heard of a socket until now, as JSON can say it. */
export interface Heard {
  /** Where the socket stands, with the code of its last error. */
  state: PlainState;
  /** Each change, in order. */
  states: PlainState[];
  /** The end of each connection and attempt. */
  closes: SocketClose[];
  errors: SocketErrorCode[];
  /** What the errors were caused by, by name: `SyntaxError`; empty where there is no cause. */
  causes: string[];
  messages: Message[];
  drops: [cmd: string, reason: DropReason][];
}

/** A state whose error is its code, and when it was reported, in milliseconds of `performance.now()`. */
export type PlainState = Omit<SocketState, "lastError"> & { lastError: SocketErrorCode | null; at: number };

/** Writes down what a socket tells, and waits for it. */
export class News {
  readonly socket: Socket;
  readonly #heard: Omit<Heard, "state"> = { states: [], closes: [], errors: [], causes: [], messages: [], drops: [] };
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    const { states, closes, errors, causes, messages, drops } = this.#heard;
    const told =
      <T extends unknown[]>(write: (...news: T) => void) =>
      (...news: T) => {
        write(...news);
        for (const look of this.#waiting) look();
      };
    this.socket = socket;
    socket.onStatus(told((state) => states.push(plain(state))));
    socket.onClose(told((close) => closes.push(close)));
    socket.onError(
      told(({ code, cause }) => {
        errors.push(code);
        causes.push((cause as Error | undefined)?.name ?? "");
      }),
    );
    socket.onMessage(told((message) => messages.push(message)));
    socket.onDrop(told(({ cmd }, reason) => drops.push([cmd, reason])));
  }

  /** All events until now. */
  get heard(): Heard {
    return structuredClone({ ...this.#heard, state: plain(this.socket.state) });
  }

  /** Resolves with all events as soon as they fit: now, or after some event. */
  until(fits: (heard: Heard) => unknown): Promise<Heard> {
    return new Promise((resolve) => {
      const look = () => {
        const heard = this.heard;
        if (!fits(heard)) return;
        this.#waiting.delete(look);
        resolve(heard);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

function plain({ lastError, ...state }: SocketState): PlainState {
  return { ...state, lastError: lastError?.code ?? null, at: performance.now() };
}

declare global {
  var Wireline: typeof import("../../src/index");
  var News: typeof import("./news").News;
  /** Short waits, so that tests are quick. */
  var quick: SocketOptions;
  /** The events of the socket that `connect` created last. */
  var news: News;
  /** Makes a socket with quick options, and writes down its news. */
  var connect: (options: SocketOptions) => News;
}

Object.assign(globalThis, {
  News,
  quick: { backoff: { min: 1, max: 50, factor: 2 } } satisfies SocketOptions,
  connect: (options: SocketOptions) => (globalThis.news = new News(new Wireline.Socket({ ...quick, ...options }))),
});
