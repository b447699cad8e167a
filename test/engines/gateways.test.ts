import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Gateway, gateways, isInstalled, startGateway } from "../gateways/gateway";
import { type Engine, engines, launch } from "../harness/engines";
import { pageOf, scriptOf, type Site, startSite } from "../harness/site";

// A page and its sockets, all behind a real nginx or HAProxy, in Chromium: the gateways see no difference between engines.

describe.runIf(engines.includes("chromium"))("chromium", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await launch("chromium");
  });
  afterAll(() => engine?.close());

  for (const name of gateways)
    describe.runIf(isInstalled(name))(`behind ${name}`, () => {
      let site: Site;
      let gateway: Gateway;
      beforeEach(async () => {
        site = await startSite();
        site.files.set("/", pageOf(scriptOf("/wireline.umd.js"), scriptOf("/news.js")));
        gateway = await startGateway(name, { target: site.server.port, idle: 4 });
      });
      afterEach(async () => {
        await gateway?.close();
        await site?.close();
      });

      test("a heartbeat keeps a page's socket open; without one the gateway ends it, and the client reconnects", async () => {
        const page = await engine.open(gateway.url);
        const [watched, quiet] = await page.evaluate(async () => {
          const watched = connect({ url: "/connect", heartbeat: { cmd: "ping", interval: 200 } });
          await watched.socket.ready();
          const quiet = connect({ url: "/connect" });
          const after = await quiet.until(({ closes, state }) => closes.length === 3 && state.status === "open");
          return [watched.heard, after];
        });
        expect(quiet.closes).toEqual(quiet.closes.map(() => ({ code: 1006, reason: "", wasClean: false })));
        expect(quiet.states.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1])).toEqual([
          "connecting",
          ...quiet.closes.flatMap(() => ["open", "reconnecting"]),
          "open",
        ]);
        expect(watched.closes).toEqual([]);
        expect(watched.state).toMatchObject({ status: "open", attempt: 1 });
        await page.close();
      });
    });
});
