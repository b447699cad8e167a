import { type Socket, SocketError, type SocketErrorCode } from "../src/index";
import { duration, find, write } from "./dom";
import type { ChatProtocol } from "./protocol";

/** How long the answer may take, in milliseconds. */
const patience = 2_000;

const failures: Partial<Record<SocketErrorCode, string>> = {
  timeout: `nothing came within ${duration(patience)}`,
  lost: "the connection was lost",
  closed: "the connection is closed",
  dropped: "it was given up",
};

/** A button that asks the server something, and what came of it. */
export class Ping {
  readonly #socket: Socket<ChatProtocol>;
  readonly #button = find("ping", HTMLButtonElement);
  readonly #result = find("ping-result", HTMLElement);

  constructor(socket: Socket<ChatProtocol>) {
    this.#socket = socket;
    this.#button.addEventListener("click", () => {
      if (this.#button.getAttribute("aria-disabled") !== "true") void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#button.setAttribute("aria-disabled", "true");
    this.#tell("Asking …");
    const asked = performance.now();
    try {
      await this.#socket.request("ping", { id: crypto.randomUUID() }, { timeout: patience });
      this.#tell(`Answered in ${duration(performance.now() - asked)}.`);
    } catch (error) {
      this.#tell(sentence(error), true);
    }
    this.#button.setAttribute("aria-disabled", "false");
  }

  #tell(text: string, bad = false): void {
    write(this.#result, text);
    this.#result.classList.toggle("bad", bad);
  }
}

/** What became of a request that failed: why, and whether the server may have seen it. */
function sentence(error: unknown): string {
  if (!(error instanceof SocketError)) throw error;
  const why = failures[error.code] ?? error.message;
  return `No answer: ${why}. ${error.sent ? "It was sent." : "It was never sent."}`;
}
