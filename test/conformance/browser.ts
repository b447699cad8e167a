import { build } from "esbuild";
import { type Engine, launch, type Page } from "../harness/engines";
import { type Pages, startPages } from "../harness/pages";

/** A real Chromium, with the recipes for its pages. */
export class Browser {
  readonly #engine: Engine;
  readonly #pages: Pages;
  readonly #script: string;

  static async start(): Promise<Browser> {
    const { outputFiles } = await build({
      entryPoints: [`${import.meta.dirname}/page.ts`],
      bundle: true,
      format: "iife",
      target: "es2022",
      write: false,
      // The project's package.json says that no import has side effects, which is true of what is published only.
      ignoreAnnotations: true,
    });
    return new Browser(await launch("chromium"), await startPages(), outputFiles[0]!.text);
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
