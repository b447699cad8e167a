import { afterEach, describe, expect, test, vi } from "vitest";
import { baseAddress, type Environment, pageEnvironment } from "../../../src/connection/environment";

/** EventTargets in place of those of a page or worker. Their listeners are recorded. */
function surround(globals: { document?: { visibilityState: string }; navigator?: object } = {}) {
  const target = new EventTarget();
  const document = globals.document && Object.assign(new EventTarget(), globals.document);
  const add = vi.spyOn(target, "addEventListener");
  const addToDocument = document && vi.spyOn(document, "addEventListener");
  vi.stubGlobal("addEventListener", target.addEventListener.bind(target));
  vi.stubGlobal("removeEventListener", target.removeEventListener.bind(target));
  vi.stubGlobal("document", document);
  vi.stubGlobal("navigator", globals.navigator);
  return {
    add,
    addToDocument,
    document: document!,
    happens: (type: string) => target.dispatchEvent(new Event(type)),
    happensToDocument: (type: string) => document!.dispatchEvent(new Event(type)),
  };
}

const page = { document: { visibilityState: "visible" } };

/** Listens, and records. */
function listen(environment: Environment) {
  const heard: string[] = [];
  return { heard, unsubscribe: environment.listen((event) => heard.push(event)) };
}

afterEach(() => vi.unstubAllGlobals());

test("does not exist in Node, nor where addEventListener is something else", () => {
  expect(pageEnvironment()).toBe(undefined);
  vi.stubGlobal("addEventListener", {});
  expect(pageEnvironment()).toBe(undefined);
});

describe("in a page", () => {
  test("reads the network from navigator each time", () => {
    const navigator = { onLine: true };
    surround({ navigator });
    const environment = pageEnvironment()!;
    expect(environment.online).toBe(true);
    navigator.onLine = false;
    expect(environment.online).toBe(false);
  });

  test("reads the visibility from document each time, also before the page is rendered", () => {
    const { document } = surround(page);
    const environment = pageEnvironment()!;
    expect(environment.visible).toBe(true);
    document.visibilityState = "hidden";
    expect(environment.visible).toBe(false);
    document.visibilityState = "prerender";
    expect(environment.visible).toBe(true);
  });

  test.each(["online", "offline", "pagehide", "pageshow"])("%s of the window is reported by its name", (type) => {
    const { happens, happensToDocument } = surround(page);
    const { heard } = listen(pageEnvironment()!);
    happens(type);
    happensToDocument(type);
    expect(heard).toEqual([type]);
  });

  test.each(["freeze", "resume"])("%s of the document is reported by its name", (type) => {
    const { happens, happensToDocument } = surround(page);
    const { heard } = listen(pageEnvironment()!);
    happensToDocument(type);
    happens(type);
    expect(heard).toEqual([type]);
  });

  test("visibilitychange is reported as visible or hidden", () => {
    const { document, happensToDocument } = surround({ document: { visibilityState: "hidden" } });
    const { heard } = listen(pageEnvironment()!);
    happensToDocument("visibilitychange");
    document.visibilityState = "visible";
    happensToDocument("visibilitychange");
    expect(heard).toEqual(["hidden", "visible"]);
  });

  test("no other event is listened for", () => {
    const { add, addToDocument, happens } = surround(page);
    const { heard } = listen(pageEnvironment()!);
    // Unload above all, which would keep the page out of the back/forward cache.
    for (const type of ["focus", "blur", "load", "beforeunload", "unload", ""]) happens(type);
    expect(heard).toEqual([]);
    expect(add.mock.calls.map(([type]) => type).sort()).toEqual(["offline", "online", "pagehide", "pageshow"]);
    expect(addToDocument!.mock.calls.map(([type]) => type).sort()).toEqual(["freeze", "resume", "visibilitychange"]);
  });

  test("a removed listener receives nothing more, and the others continue", () => {
    const { happens, happensToDocument } = surround(page);
    const environment = pageEnvironment()!;
    const first = listen(environment);
    const second = listen(environment);
    first.unsubscribe();
    first.unsubscribe();
    happens("online");
    happensToDocument("freeze");
    expect(first.heard).toEqual([]);
    expect(second.heard).toEqual(["online", "freeze"]);
  });

  test("no event is listened for before the first listener", () => {
    const { add } = surround();
    pageEnvironment();
    expect(add).not.toHaveBeenCalled();
  });
});

describe("in a worker", () => {
  test("a worker counts as visible without a document, and network events are reported", () => {
    const { happens } = surround({ navigator: { onLine: false } });
    const environment = pageEnvironment()!;
    const { heard } = listen(environment);
    expect(environment.visible).toBe(true);
    expect(environment.online).toBe(false);
    happens("online");
    expect(heard).toEqual(["online"]);
  });
});

describe("where navigator does not report the network", () => {
  test.each([undefined, {}])("it counts as online (%j)", (navigator) => {
    surround({ navigator });
    expect(pageEnvironment()!.online).toBe(true);
  });
});

describe("the base of relative addresses", () => {
  test("is the base address of the document, which <base> may set", () => {
    vi.stubGlobal("document", { baseURI: "https://base.example/app/" });
    vi.stubGlobal("location", { href: "https://page.example/" });
    expect(baseAddress()).toBe("https://base.example/app/");
  });

  test("is the address of a worker, read each time", () => {
    for (const href of ["https://one.example/worker.js", "https://two.example/worker.js"]) {
      vi.stubGlobal("location", { href });
      expect(baseAddress()).toBe(href);
    }
  });

  test("is the origin of a worker that was made from a blob", () => {
    vi.stubGlobal("location", { href: "blob:https://example.com/0b9e", origin: "https://example.com" });
    expect(baseAddress()).toBe("https://example.com");
  });

  test("does not exist in Node", () => {
    expect(baseAddress()).toBe(undefined);
  });
});
