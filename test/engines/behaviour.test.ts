import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stage, startStage } from "../behaviour/stage";
import { behaviours, type Outcome } from "../behaviour/suite";
import { bundle } from "../harness/bundle";
import { type Engine, engines, launch, type Page } from "../harness/engines";
import { type Pages, startPages } from "../harness/pages";

// The behaviour suite in every engine that is installed: in pages and in workers, as the script and as the modules.

const dist = `${import.meta.dirname}/../../dist`;

/** Loads the library's modules. */
const modules = `const wireline = await import("/dist/index.mjs");`;

/** The ways in which a page takes the library, each with the script that does, and makes `run(name)`. */
const places = {
  "a page with the script": page(
    `await new Promise((onload, onerror) =>
    document.head.append(Object.assign(document.createElement("script"), { src: "/wireline.umd.js", onload, onerror })));
    const wireline = Wireline;`,
    `["Wireline"]`,
  ),
  "a page with the modules": page(modules, "[]"),
  "a worker with the script": worker(`new Worker("/script.js")`, "worker"),
  "a worker with the modules": worker(`new Worker("/modules.mjs", { type: "module" })`, "worker"),
  "a shared worker": worker(`new SharedWorker("/script.js")`, "worker.port"),
};

/** Where all of the suite runs: both forms of the library, a page and a worker. Elsewhere its beginning has to do, for the time it takes. */
const whole = ["a page with the script", "a worker with the modules"];
const beginning = behaviours.slice(0, 4);

/** Loads the library on first use, and not with the page: by then the driver has finished its own work, except for one global. */
function page(load: string, globals: string): string {
  return `const load = async () => {
      const ended = watchImport();
      ${load}
      const { added, called } = ended();
      const effects = { added: added.filter((name) => !name.startsWith("__pw_")), called };
      setPlace({ ...settings, wireline, effects, globals: ${globals}, kind: "page" });
    };
    let loaded;
    globalThis.run = (name) => (loaded ??= load()).then(() => behave(name));`;
}

/** Starts a worker, and asks it. */
function worker(make: string, port: string): string {
  return `const worker = ${make};
    const failed = new Promise((_, reject) => { worker.onerror = ({ message }) => reject(new Error("the worker fails: " + message)); });
    const answer = () => new Promise((resolve) => { ${port}.onmessage = ({ data }) => resolve(data); });
    const ready = Promise.race([answer(), failed]);
    globalThis.run = async (name) => {
      await ready;
      ${port}.postMessage(name);
      return Promise.race([answer(), failed]);
    };`;
}

/** What a worker does: it loads the library, and does what it is asked. */
const inWorker = (load: string, globals: string) => `const ended = watchImport();
  ${load}
  setPlace({ ...settings, wireline, effects: ended(), globals: ${globals}, kind: "worker" });
  const serve = (port) => {
    port.onmessage = async ({ data }) => port.postMessage(await behave(data));
    port.postMessage("ready");
  };
  if ("onconnect" in globalThis) onconnect = ({ ports: [port] }) => serve(port);
  else serve(globalThis);`;

let stage: Stage;
let pages: Pages;

beforeAll(async () => {
  stage = await startStage();
  pages = await startPages();
  pages.files.set("/suite.js", await bundle(`import "./test/behaviour/page.ts"`, "iife"));
  for (const name of readdirSync(dist))
    if (name.endsWith(".mjs")) pages.files.set(`/dist/${name}`, readFileSync(`${dist}/${name}`, "utf8"));
});
afterAll(async () => {
  await pages?.close();
  await stage?.close();
});

describe.each(engines)("%s", (maker) => {
  let engine: Engine;

  beforeAll(async () => {
    const settings = `const settings = ${JSON.stringify({ maker, stage: stage.url })};`;
    const head = `<!doctype html><meta charset="utf-8"><title>Wireline</title><link rel="icon" href="data:,"><script src="/suite.js"></script>`;
    for (const [index, code] of Object.values(places).entries()) {
      pages.files.set(`/${index}`, `${head}<script type="module">${settings} ${code}</script>`);
    }
    const script = `importScripts("/wireline.umd.js"); const wireline = Wireline;`;
    pages.files.set("/script.js", `importScripts("/suite.js"); ${settings} ${inWorker(script, `["Wireline"]`)}`);
    pages.files.set("/modules.mjs", `import "/suite.js"; ${settings} ${inWorker(modules, "[]")}`);
    engine = await launch(maker);
  });
  afterAll(() => engine?.close());

  describe.each(Object.keys(places).map((place, index) => [place, index] as const))("in %s", (place, index) => {
    let page: Page;
    beforeAll(async () => {
      page = await engine.open(`${pages.url}/${index}`);
      await page.evaluate(() => 0);
    });
    afterAll(() => page?.close());

    test.for((whole.includes(place) ? behaviours : beginning).map(({ name }) => name))("%s", async (name, { skip }) => {
      const { error, skipped }: Outcome = await page.evaluate(
        (name) => (globalThis as unknown as { run: (name: string) => Promise<Outcome> }).run(name),
        name,
      );
      if (skipped) skip(skipped);
      expect(error).toBeUndefined();
    });
  });
});
