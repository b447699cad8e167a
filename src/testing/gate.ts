import type { Link } from "./link";

/** How handshakes are refused. */
export interface Refusal {
  /** How many are refused. @default all, until `accept()` */
  readonly times?: number | undefined;
  /** The HTTP status of the answer. A browser hides it; in the mock it stands in the `cause` of the error. @default 503 */
  readonly status?: number | undefined;
}

/** Below this, the number of `refuse` is how many times; from here on, it is an HTTP status. */
const firstStatus = 100;

/** Decides about handshakes. */
export class Gate {
  #refusal: { left: number; readonly status: number } | undefined;
  #hangs = false;
  #hanging: (() => void)[] = [];
  /** There is no network. */
  isDown = false;

  /** Refuses from now on. */
  refuse(refusal: number | Refusal): void {
    const given = typeof refusal === "object" ? refusal : refusal >= firstStatus ? { status: refusal } : { times: refusal };
    const { times = Infinity, status = 503 } = given;
    this.#refusal = { left: times, status };
    this.#hangs = false;
  }

  /** Answers none from now on. */
  hang(): void {
    this.#refusal = undefined;
    this.#hangs = true;
  }

  /** Accepts from now on, and those that hang. */
  accept(): void {
    this.#refusal = undefined;
    this.#hangs = false;
    for (const open of this.#hanging.splice(0)) open();
  }

  /** Answers one handshake. */
  answer(link: Link, open: () => void): void {
    if (this.isDown) {
      link.cut("There is no network.");
      return;
    }
    if (this.#hangs) {
      this.#hanging.push(open);
      return;
    }
    if (this.#refusal && this.#refusal.left > 0) {
      this.#refusal.left--;
      link.cut(`Unexpected server response: ${this.#refusal.status}`);
      return;
    }
    open();
  }
}
