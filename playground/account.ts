import type { Authentication, Socket } from "../src/index";
import { Credentials } from "./credentials";
import type { ChatProtocol } from "./protocol";
import { askUser, type Decision, remember } from "./user";

/** How long what was said may take to arrive when its user leaves, in milliseconds. */
const farewell = 2_000;

/** What an account needs of the page. */
export interface AccountHost {
  readonly socket: Socket<ChatProtocol>;
  /** How many messages of the user's are still on their way. */
  readonly waiting: number;
  /** Somebody else is here, or nobody. */
  userChanged(): void;
}

/** Who is here, as the server knows them: they log in and out, and nothing that waits is sent as somebody else. */
export class Account {
  readonly #host: AccountHost;
  readonly #credentials = new Credentials();
  #user: string | undefined;
  /** Somebody is about to be gone. */
  #leaving = false;

  constructor(user: string, host: AccountHost) {
    this.#user = user;
    this.#host = host;
  }

  /** The user's name; `undefined` while nobody is logged in. */
  get user(): string | undefined {
    return this.#user;
  }

  /** Tells the server who we are, on each connection. */
  async authenticate({ identity = "", reason, signal, request }: Authentication<ChatProtocol>): Promise<void> {
    const token = await this.#credentials.token(identity, reason, signal);
    await request("login", { token }, { signal });
  }

  /** Starts a connection that was closed, for whoever is here. */
  connect(): void {
    if (this.#user === undefined) void this.change();
    else this.#host.socket.connect();
  }

  /** Asks who is here. */
  async change(): Promise<void> {
    if (this.#leaving) return;
    let decision = await this.#ask();
    if (decision === "log out") {
      await this.#logOut();
      decision = await this.#ask();
    }
    if (typeof decision === "object") this.#logIn(decision.name);
  }

  #ask(): Promise<Decision> {
    const user = this.#user;
    if (user === undefined) return askUser({ title: "Log in", action: "Log in" });
    return askUser({ title: "Change your name", action: "Save", user, note: warning(this.#host.waiting, user) });
  }

  #logIn(user: string): void {
    const { socket } = this.#host;
    const absent = this.#user === undefined;
    this.#become(user);
    // Nothing changes for the same one.
    socket.identify(user);
    if (absent) socket.connect();
  }

  async #logOut(): Promise<void> {
    const { socket } = this.#host;
    // What was just said leaves first, where it can.
    this.#leaving = true;
    if (socket.state.status === "open") await socket.drained({ signal: AbortSignal.timeout(farewell) }).catch(() => {});
    this.#credentials.forget();
    socket.close();
    socket.identify(undefined);
    this.#leaving = false;
    this.#become(undefined);
  }

  #become(user: string | undefined): void {
    this.#user = user;
    remember(user);
    this.#host.userChanged();
  }
}

function warning(waiting: number, user: string): string {
  if (!waiting) return "";
  const what = waiting === 1 ? "A message of yours waits" : `${waiting} messages of yours wait`;
  return `${what} for the connection, and will not be sent unless you stay ${user}.`;
}
