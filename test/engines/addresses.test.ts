import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Engine, engines, launch, type Page } from "../harness/engines";
import { pageOf, scriptOf, type Site, startSite } from "../harness/site";

// Relative addresses in the places whose own address is of no use: ours go where those of the engine's WebSocket go.

/** Where the address leads: by the engine's WebSocket, and by ours; or the name or code of what is thrown. */
type Ends = [native: string, ours: string];

declare global {
  /** Makes both, and closes them. */
  var resolveBoth: (address: string) => Promise<Ends>;
}

const script = `globalThis.resolveBoth = async (address) => {
  let native;
  try {
    const socket = new WebSocket(address);
    native = socket.url;
    socket.close();
  } catch ({ name }) {
    native = name;
  }
  const ours = await new Promise((resolve) => {
    class Recorder {
      constructor(url) {
        resolve(url);
        throw new SyntaxError("seen");
      }
    }
    try {
      new Wireline.Socket({ url: address, WebSocket: Recorder, onError() {} });
    } catch ({ code }) {
      resolve(code);
    }
  });
  return [native, ours];
};`;

const addresses = ["/connect", "connect?a=b", "../up", "?query", "//other.test/connect"];

let site: Site;

beforeAll(async () => {
  site = await startSite();
  const scripts = [scriptOf("/wireline.umd.js"), scriptOf("/both.js")];
  site.files.set("/both.js", script);
  site.files.set("/deep/page", pageOf(...scripts));
  site.files.set("/deep/based", pageOf(`<base href="/elsewhere/app/">`, ...scripts));
});
afterAll(() => site?.close());

describe.each(engines)("%s", (name) => {
  let engine: Engine;
  let page: Page | undefined;
  beforeAll(async () => {
    engine = await launch(name);
  });
  afterAll(() => engine?.close());
  afterEach(async () => {
    await page?.close();
    page = undefined;
  });

  const open = async (path: string) => {
    page = await engine.open(site.url + path);
    return page;
  };
  const host = () => site.url.replace("http", "ws");
  // Firefox does not look at <base>. The standard does, and so do the others.
  const native = (path: string) => path === "/deep/page" || name !== "firefox";
  const same = (ends: Ends[]) => expect(ends.map(([, ours]) => ours)).toEqual(ends.map(([native]) => native));

  test("a page resolves against its own address, and with <base> against that", async () => {
    for (const path of ["/deep/page", "/deep/based"]) {
      const both = await (await open(path)).evaluate((addresses) => Promise.all(addresses.map(resolveBoth)), addresses);
      if (native(path)) same(both);
      expect(both[1]![1]).toBe(`${host()}/${path === "/deep/page" ? "deep" : "elsewhere/app"}/connect?a=b`);
    }
  });

  test.each(["about:srcdoc", "about:blank"])("a frame of %s resolves against the page around it, and its <base>", async (kind) => {
    for (const path of ["/deep/page", "/deep/based"]) {
      const both = await (await open(path)).evaluate(
        async ([kind, addresses, origin]) => {
          const frame = document.createElement("iframe");
          const files = ["/wireline.umd.js", "/both.js"].map((file) => origin + file);
          const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
          if (kind === "about:srcdoc") frame.srcdoc = files.map((src) => `<script src="${src}"></script>`).join("");
          document.body.append(frame);
          if (kind === "about:srcdoc") await loaded;
          else {
            for (const src of files) {
              const script = frame.contentDocument!.createElement("script");
              script.src = src;
              const done = new Promise((resolve) => script.addEventListener("load", resolve));
              frame.contentDocument!.body.append(script);
              await done;
            }
          }
          return Promise.all(addresses.map((frame.contentWindow as unknown as typeof globalThis).resolveBoth));
        },
        [kind, addresses, site.url] as const,
      );
      if (native(path)) same(both);
      expect(both[1]![1]).toBe(`${host()}/${path === "/deep/page" ? "deep" : "elsewhere/app"}/connect?a=b`);
    }
  });

  test("a worker that was made of a blob resolves against the origin, also where the engine's own class does not resolve at all", async () => {
    const both = await (await open("/deep/page")).evaluate(
      async ([addresses, origin]) => {
        const code = `importScripts("${origin}/wireline.umd.js", "${origin}/both.js");
          onmessage = async ({ data }) => postMessage(await Promise.all(data.map(resolveBoth)));`;
        const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
        const answer = new Promise<Ends[]>((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data as Ends[]);
          worker.onerror = ({ message }) => reject(new Error(message));
        });
        worker.postMessage(addresses);
        return answer;
      },
      [addresses, site.url] as const,
    );
    expect(both.map(([, ours]) => ours)).toEqual([
      `${host()}/connect`,
      `${host()}/connect?a=b`,
      `${host()}/up`,
      `${host()}/?query`,
      "ws://other.test/connect",
    ]);
    for (const [native, ours] of both) expect([ours, "SyntaxError"]).toContain(native);
  });
});
