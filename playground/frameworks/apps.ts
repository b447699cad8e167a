import { buildApp } from "./app";
import { type Framework, frameworks, type Page, readPage } from "./page";

/** What is served at an address of an app. */
export interface AppFile {
  readonly status: 200 | 500;
  readonly type: string;
  readonly body: Buffer;
  /** The framework, whose needs the page's Content-Security-Policy has to meet. */
  readonly framework: Framework;
}

interface Built {
  /** The page that it was built from. */
  readonly page: Page;
  readonly script: Promise<string>;
}

/** The apps of the frameworks' pages: each is built when it is first asked for, and again when its page has changed. */
export class Apps {
  readonly #built = new Map<Framework, Built>();
  readonly #read: (framework: Framework) => Promise<Page>;

  /** @param read where the pages are had */
  constructor(read = readPage) {
    this.#read = read;
  }

  /** What an address such as `/react/` stands for; `undefined` where it is none of an app. */
  async find(address: string): Promise<AppFile | undefined> {
    const [, name, isScript] = /^\/([a-z]+)\/(app\.js)?$/.exec(address) ?? [];
    const framework = frameworks.find((framework) => framework === name);
    if (!framework) return undefined;
    const file = (status: 200 | 500, type: string, text: string): AppFile => ({
      status,
      type: `${type}; charset=utf-8`,
      body: Buffer.from(text),
      framework,
    });
    try {
      const { page, script } = await this.#build(framework);
      const code = await script;
      return isScript ? file(200, "text/javascript", code) : file(200, "text/html", htmlOf(page));
    } catch (error) {
      this.#built.delete(framework);
      const why = error instanceof Error ? error.message : String(error);
      return file(
        500,
        "text/plain",
        `The app of playground/docs/recipes/${framework}.md could not be built: correct it, and load this page again.\n\n${why}\n`,
      );
    }
  }

  async #build(framework: Framework): Promise<Built> {
    const page = await this.#read(framework);
    let built = this.#built.get(framework);
    if (built?.page.text !== page.text) {
      built = { page, script: buildApp(page, { mode: "development" }).then(({ code }) => code) };
      this.#built.set(framework, built);
    }
    return built;
  }
}

/** The document around an app: links to the other ones, and its code. */
function htmlOf({ framework, title, files }: Page): string {
  const links = frameworks.map((name) => {
    const current = name === framework ? ` aria-current="page"` : "";
    return `<a href="/${name}/"${current}>${name[0]!.toUpperCase()}${name.slice(1)}</a>`;
  });
  const sources = [...files].map(
    ([name, code]) => `
        <details><summary>${escaped(name)}</summary><pre tabindex="0" aria-label="${escaped(name)}"><code>${escaped(code)}</code></pre></details>`,
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${escaped(title)}</title>
    <link rel="icon" href="/icon.svg">
    <link rel="stylesheet" href="/base.css">
    <link rel="stylesheet" href="/app.css">
    <script type="module" src="/${framework}/app.js"></script>
  </head>
  <body>
    <header class="top">
      <p class="brand">Wireline <span>playground</span></p>
      <nav aria-label="Pages">
        <a href="/">Chat</a>
        <a href="/docs/recipes/${framework}">Docs</a>
        ${links.join("\n        ")}
      </nav>
    </header>
    <main class="page">
      <h1>${escaped(title)}</h1>
      <section id="app" class="card app" aria-label="The app">
${files.get("page.html") ?? ""}      </section>
      <section class="sources" aria-labelledby="sources">
        <h2 id="sources">Its code, as playground/docs/recipes/${framework}.md explains it</h2>${sources.join("")}
      </section>
      <noscript><p class="noscript">This page is a program: it needs JavaScript.</p></noscript>
    </main>
  </body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
