import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type FaultProxy, startProxy } from "../faults/proxy";
import { type Server, type ServerOptions, startServer } from "../server/http";
import { type Engine, type EngineName, launch, type Page } from "./engines";
import { type Pages, startPages } from "./pages";

/** A browser, a server of bare pages, the test server, and the proxy between them. */
export interface Rig {
  readonly engine: Engine;
  readonly pages: Pages;
  /** A fresh one for each test, like the proxy. */
  readonly server: Server;
  readonly proxy: FaultProxy;
  /** Where a socket connects: the test server, through the proxy. */
  readonly url: string;
  /** Opens a bare page, which is closed after the test. */
  open(path?: string): Promise<Page>;
}

/** Sets a rig up for the tests of the `describe` that calls it. */
export function useRig(name: EngineName, { args, ...options }: ServerOptions & { args?: string[] } = {}): Rig {
  const rig = {} as { -readonly [K in keyof Rig]: Rig[K] };
  let opened: Page[] = [];
  rig.open = async (path = "/") => {
    const page = await rig.engine.open(rig.pages.url + path);
    opened.push(page);
    return page;
  };
  beforeAll(async () => {
    rig.pages = await startPages();
    rig.engine = await launch(name, args);
  });
  afterAll(async () => {
    await rig.engine?.close();
    await rig.pages?.close();
  });
  beforeEach(async () => {
    rig.server = await startServer({ allowedOrigins: [rig.pages.url], ...options });
    rig.proxy = await startProxy({ target: rig.server.port });
    rig.url = `${rig.proxy.url}/connect`;
  });
  afterEach(async () => {
    // A test may have closed a page itself, or crashed it.
    await Promise.all(opened.map((page) => page.close().catch(() => {})));
    opened = [];
    rig.pages.headers.clear();
    await rig.proxy.close();
    await rig.server.close();
  });
  return rig;
}
