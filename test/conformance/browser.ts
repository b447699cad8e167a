import { bundle } from "../harness/bundle";
import { type Engine, launch, type Page } from "../harness/engines";
import { type Pages, startPages } from "../harness/pages";

/** A real Chromium, with the recipes for its pages. */
export class Browser {
  readonly #engine: Engine;
  readonly #pages: Pages;
  readonly #script: string;

  static async start(): Promise<Browser> {
    const script = await bundle(`import "./test/conformance/page.ts"`, "iife");
    return new Browser(await launch("chromium"), await startPages(), script);
  }

  private constructor(engine: Engine, pages: Pages, script: string) {
    this.#engine = engine;
    this.#pages = pages;
    this.#script = script;
  }

  /** A page whose origin is a server's own, for what it answers is shown as a page, whatever it is; or of another origin. */
  async page(server?: string): Promise<Page> {
    const page = await this.#engine.open(server === undefined ? this.#pages.url : `${server}/nowhere`);
    await page.playwright!.addScriptTag({ content: this.#script });
    return page;
  }

  async close(): Promise<void> {
    await this.#engine.close();
    await this.#pages.close();
  }
}
