import type { InboundParam, Socket, SocketError, SocketState } from "../src/index";
import { duration, find, make, moment, seconds, write } from "./dom";
import type { ChatProtocol, MirroredProtocol } from "./protocol";

type Fault = InboundParam<MirroredProtocol, "fault">;

/** How many lines the journal keeps. */
const journalLength = 60;

/** The plain view of a connection: how it stands, what happened to it, and buttons to hurt and to mend it. */
export class Panel {
  readonly #socket: Socket<ChatProtocol>;
  readonly #status = find("status", HTMLElement);
  readonly #brief = find("brief", HTMLElement);
  readonly #attempt = find("attempt", HTMLElement);
  readonly #retry = find("retry", HTMLElement);
  readonly #delay = find("latency", HTMLElement);
  readonly #queued = find("queued", HTMLElement);
  readonly #late = find("late", HTMLElement);
  readonly #unknown = find("unknown", HTMLElement);
  readonly #explain = find("explain", HTMLElement);
  readonly #journal = find("journal", HTMLOListElement);
  readonly #retryNow = find("retry-now", HTMLButtonElement);
  readonly #connect = find("connect", HTMLButtonElement);
  readonly #faults = (["cut", "restart", "expire", "stall"] as const).map((kind) => [kind, find(kind, HTMLButtonElement)] as const);
  readonly #stallTime = find("stall-time", HTMLInputElement);

  /** @param connect starts a connection that was closed */
  constructor(socket: Socket<ChatProtocol>, connect: () => void) {
    this.#socket = socket;
    socket.onStatus((state, previous) => this.#changed(state, previous));
    socket.onClose(({ code, reason }) => this.#note(`ended with ${code}${reason && `, ${reason}`}`));
    socket.onError((error) => this.#note(tell(error), true));
    socket.onDrop(({ cmd }, reason) => {
      // Signs of typing are given up whenever there is no connection: that is no news.
      if (cmd !== "typing") this.#note(`gave up a ${cmd} message: ${reason}`, true);
    });
    for (const [kind, element] of this.#faults) act(element, () => this.fail(kind));
    act(this.#retryNow, () => socket.retryNow());
    act(this.#connect, () => (socket.state.status === "closed" ? connect() : socket.close()));
    // The countdown, the latency and the queue's length change without an event.
    setInterval(() => this.show(), 200);
    this.show();
  }

  /** Shows how things stand now. */
  show(): void {
    const { status, attempt, retryAt, latency, queued, late, unknown } = this.#socket.state;
    const open = status === "open";
    const trying = status === "connecting" || status === "reconnecting";
    write(this.#status, status);
    this.#status.dataset["status"] = status;
    write(this.#attempt, attempt ? String(attempt) : "–");
    write(this.#retry, retryAt ? `in ${seconds(Math.max(0, retryAt - Date.now()))}` : trying ? "now" : "–");
    write(this.#delay, latency === null ? "–" : duration(latency));
    write(this.#queued, String(queued));
    this.#queued.classList.toggle("bad", queued > 0);
    write(this.#late, String(late));
    write(this.#unknown, String(unknown));
    write(this.#brief, this.#summary(status, queued));
    write(this.#explain, this.#socket.explain());
    for (const [, element] of this.#faults) enable(element, open);
    enable(this.#retryNow, retryAt !== null);
    write(this.#connect, status === "closed" ? "Connect" : "Close");
  }

  #summary(status: string, queued: number): string {
    const parts = [status === "open" ? this.#delay.textContent : this.#retry.textContent];
    if (queued) parts.push(`${queued} unconfirmed`);
    return parts.filter((part) => part && part !== "–").join(" · ");
  }

  /** Asks the server for a fault, if the connection is open. */
  fail(kind: Fault["kind"]): void {
    const wanted = this.#stallTime.valueAsNumber;
    const stall = Math.min(60, Math.max(1, Number.isFinite(wanted) ? wanted : 8)) * 1_000;
    const times: Record<Fault["kind"], number> = { cut: 0, stall: Math.round(stall), restart: 3_000, expire: 0 };
    const notes: Record<Fault["kind"], string> = {
      cut: "asked the server for a cut",
      stall: `asked the server to stall for ${duration(stall)}: the heartbeat finds out within 5 s`,
      restart: "asked the server for a restart",
      expire: "asked the server to forget our token: another is asked for",
    };
    this.#socket.send("fault", { kind, duration: times[kind] });
    this.#note(notes[kind]);
  }

  #changed({ status, attempt, retryAt }: SocketState, previous: SocketState): void {
    if (status === "connecting" || status === "reconnecting") {
      if (retryAt) this.#note(`${status}: attempt ${attempt} in ${duration(retryAt - Date.now())}`);
      else if (previous.retryAt || previous.status !== status) this.#note(`${status}: attempt ${attempt}`);
    } else if (previous.status !== status) this.#note(status);
    this.show();
  }

  #note(text: string, bad = false): void {
    this.#journal.prepend(make("li", bad ? { class: "bad" } : {}, moment(Date.now(), true), make("span", {}, text)));
    while (this.#journal.childElementCount > journalLength) this.#journal.lastElementChild!.remove();
  }
}

/** An error in one line: its sentence, where it happened, and the first of its issues. */
function tell({ code, message, channel, issues }: SocketError): string {
  const [first, ...more] = issues ?? [];
  const where = first?.path?.length ? `${first.path.join(".")}: ` : "";
  const what = first ? ` ${where}${first.message}${more.length ? `, and ${more.length} more` : ""}.` : "";
  return `${code}${channel ? ` in ${channel}` : ""}: ${message}${what}`;
}

/** Buttons that cannot act now keep the focus, which `disabled` would take away. */
function enable(element: HTMLButtonElement, enabled: boolean): void {
  element.setAttribute("aria-disabled", String(!enabled));
}

function act(element: HTMLButtonElement, action: () => void): void {
  element.addEventListener("click", () => {
    if (element.getAttribute("aria-disabled") !== "true") action();
  });
}
