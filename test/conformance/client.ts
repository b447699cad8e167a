import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";
import type { Page } from "../harness/engines";
import type { Browser } from "./browser";
import type { Column } from "./column";
import { type Answer, type Headers, Line } from "./line";

/** A path, or a request target that is sent exactly as given. */
export type Path = string | { readonly target: string };

/** What a statement has to look at one server with; all it opens is cut at its end. */
export class Client {
  readonly column: Column;
  readonly #browser: Browser | undefined;
  readonly #ends: (() => unknown)[] = [];

  constructor(column: Column, browser?: Browser) {
    this.column = column;
    this.#browser = browser;
  }

  get url(): string {
    return this.column.url;
  }

  /** What the server answers to an upgrade request, or to one by another method than GET. */
  async answer(path: Path, headers?: Headers, method?: string): Promise<Answer> {
    return (await this.#line(path, headers, method)).answer;
  }

  /** A connection that the server has accepted. */
  async open(path: Path, headers?: Headers): Promise<Line> {
    const line = await this.#line(path, headers);
    assert.equal(line.answer.status, 101);
    return line;
  }

  /** The WebSocket of the package `ws`, open; rejects with its error when that fails. */
  async socket(path: string, protocols: string[] = [], options: ClientOptions = {}): Promise<WebSocket> {
    const socket = new WebSocket(this.url.replace("http", "ws") + path, protocols, options);
    this.later(() => socket.terminate());
    await once(socket, "open");
    socket.on("error", () => {});
    return socket;
  }

  /** A page of Chromium's whose origin is this server's, given its address, or another. */
  async page(server?: string): Promise<Page> {
    if (!this.#browser) throw new Error("The statement needs a Chromium: make it one by inChromium().");
    const page = await this.#browser.page(server);
    this.later(() => page.close());
    return page;
  }

  /** Has the server do what no client can. */
  async order(path: string, param?: unknown): Promise<void> {
    const response = await fetch(`${this.url}/control/${path}`, { method: "POST", body: JSON.stringify(param ?? null) });
    assert.equal(response.status, 200, `the control path ${path} answers ${response.status}`);
  }

  /** What a connection has heard by the time that the server has answered on others, opened later; `"silence"` if nothing. */
  async hearsMeanwhile(line: Line): Promise<string> {
    const heard = line.hears();
    for (let turn = 0; turn < 3; turn += 1) await this.answer("/websocket");
    return Promise.race([heard, Promise.resolve("silence")]);
  }

  /** Has something done at the end. */
  later(end: () => unknown): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    await Promise.all(this.#ends.splice(0).map((end) => end()));
  }

  async #line(path: Path, headers?: Headers, method?: string): Promise<Line> {
    const line = await (typeof path === "string"
      ? Line.open(this.url + path, headers, method)
      : Line.open(this.url, headers, method, path.target));
    this.later(() => line.cut());
    return line;
  }
}
