import type { InboundParam, Socket } from "../src/index";
import { find, write } from "./dom";
import type { ChatProtocol, MirroredProtocol } from "./protocol";

type Fault = InboundParam<MirroredProtocol, "fault">["kind"];

/** What the three tasks need of the page. */
export interface TasksHost {
  readonly socket: Socket<ChatProtocol>;
  /** Asks the server for a fault. */
  fail(kind: Fault): void;
  /** Moves the focus to the message box. */
  focus(): void;
}

/** What is to be seen, first and at the end. */
const stories: Partial<Record<Fault, readonly [first: string, end: string]>> = {
  cut: [
    "The link is cut. Type a message and send it: it waits, and leaves in order.",
    "The link is back. What you sent meanwhile has arrived.",
  ],
  stall: [
    "Nothing passes, but the browser thinks that all is well. The heartbeat notices within 5 seconds.",
    "The heartbeat noticed, and another connection is open.",
  ],
  restart: [
    "The server restarts and refuses both windows for 3 seconds. Type in either of them.",
    "Both windows are back. Each message arrived once.",
  ],
};

/** The three things to do on the first screen, and what comes of each. */
export class Tasks {
  readonly #host: TasksHost;
  readonly #told = find("told", HTMLElement);
  /** What is said when the connection is open again. */
  #end: string | undefined;

  constructor(host: TasksHost) {
    this.#host = host;
    find("try-cut", HTMLButtonElement).addEventListener("click", () => this.#try("cut"));
    find("try-stall", HTMLButtonElement).addEventListener("click", () => this.#try("stall"));
    find("try-restart", HTMLButtonElement).addEventListener("click", () => {
      window.open(location.href, "_blank", "noopener,popup,width=900,height=800");
      this.#try("restart");
    });
    host.socket.onOpen(({ reconnected }) => {
      if (!reconnected || this.#end === undefined) return;
      write(this.#told, this.#end);
      this.#end = undefined;
    });
  }

  #try(kind: Fault): void {
    const [first, end] = stories[kind]!;
    if (this.#host.socket.state.status !== "open") {
      write(this.#told, "The connection is not open yet. Try it again when it is.");
      return;
    }
    write(this.#told, first);
    this.#end = end;
    this.#host.fail(kind);
    this.#host.focus();
  }
}
