import type { WebKit } from "../tools/browsers";
import type { Engine, Page } from "./engines";
import { freePort } from "./peer";
import { Program } from "./program";

// WebKitGTK's MiniBrowser over WebDriver (https://www.w3.org/TR/webdriver2/), by nothing but `fetch`.

/** How long a script may wait for an event: longer than any test. */
const scriptTimeout = 600_000;

/** The script that runs a function in the page, and answers with what it gives or throws. */
const script = (run: string) => `const [given, done] = arguments;
Promise.resolve().then(() => (${run})(...JSON.parse(given)))
  .then((value) => done({ value }), (error) => done({ error: String(error) + "\\n" + error?.stack }));`;

/** Starts a WebKit. Each of its pages is a window. */
export async function launchWebKit({ driver, browser, display }: WebKit): Promise<Engine> {
  const port = await freePort();
  const program = new Program(display, ["-a", driver, `--port=${port}`]);
  try {
    const root = `http://127.0.0.1:${port}`;
    await answers(`${root}/status`);
    const minibrowser = { browserName: "MiniBrowser", "webkitgtk:browserOptions": { binary: browser, args: ["--automation"] } };
    const { sessionId } = await call<{ sessionId: string }>("POST", `${root}/session`, { capabilities: { alwaysMatch: minibrowser } });
    const session = `${root}/session/${sessionId}`;
    await call("POST", `${session}/timeouts`, { script: scriptTimeout });
    return new WebKitEngine(program, session, await call("GET", `${session}/window`));
  } catch (error) {
    await program.end();
    throw error;
  }
}

class WebKitEngine implements Engine {
  readonly name = "webkit";
  readonly #program: Program;
  readonly #session: string;
  /** The window it began with, which stays: without any, the session would end. */
  readonly #first: string;
  #window: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(program: Program, session: string, first: string) {
    this.#program = program;
    this.#session = session;
    this.#first = this.#window = first;
  }

  async open(url: string): Promise<Page> {
    const { handle } = await this.#command<{ handle: string }>(this.#first, "POST", "/window/new", { type: "window" });
    const page = new WebKitPage((method, path, body) => this.#command(handle, method, path, body));
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await call("DELETE", this.#session).catch(() => {});
    await this.#program.end();
  }

  /** A command for one window: WebDriver knows only the current one. What it answers is not waited for by the next. */
  async #command<T>(handle: string, method: string, path: string, body?: object): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (this.#window !== handle) await call("POST", `${this.#session}/window`, { handle });
      this.#window = handle;
      const answer = call<T>(method, `${this.#session}${path}`, body);
      // Once a window is closed there is no current one: the next command would meet that.
      if (method === "DELETE") await answer.catch(() => {});
      return { answer };
    });
    this.#turn = turn.catch(() => {});
    return (await turn).answer;
  }
}

/** A command of WebDriver, for one window. */
type Command = <T>(method: string, path: string, body?: object) => Promise<T>;

class WebKitPage implements Page {
  readonly #command: Command;

  constructor(command: Command) {
    this.#command = command;
  }

  async goto(url: string): Promise<void> {
    await this.#command("POST", "/url", { url });
  }

  async reload(): Promise<void> {
    await this.#command("POST", "/refresh", {});
  }

  async back(): Promise<void> {
    await this.#command("POST", "/back", {});
  }

  async evaluate<T, A>(run: (arg: A) => T | Promise<T>, arg?: A): Promise<T> {
    const body = { script: script(String(run)), args: [JSON.stringify([arg])] };
    const { value, error } = await this.#command<{ value: T; error?: string }>("POST", "/execute/async", body);
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async close(): Promise<void> {
    await this.#command("DELETE", "/window");
  }
}

/** Resolves when the port answers. */
async function answers(url: string): Promise<void> {
  for (;;) {
    try {
      return void (await fetch(url));
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function call<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = (await response.json()) as { value: T & { error?: string; message?: string } };
  if (!response.ok)
    throw new Error(`WebKit refuses ${method} ${new URL(url).pathname.split("/").slice(3).join("/")}: ${value.error} ${value.message}`);
  return value;
}
