import type { EnvironmentEvent } from "../index";
import { type Dial, MockWebSocket } from "./websocket";

/** Puts the globals back. It can also be held by `using`. */
export type Uninstall = (() => void) & Disposable;

/** Which connections go to the mock server: an address, a pattern, or a function. */
export type Route = string | RegExp | ((url: URL) => boolean);

type AnyWebSocketClass = new (url: string | URL, protocols?: string | string[]) => MockWebSocket;

/** Makes a WebSocket class whose connections go to a mock server. */
export function webSocketClass(dial: Dial): AnyWebSocketClass {
  return class WebSocket extends MockWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, dial);
    }
  };
}

/** The same, where only some connections go to the mock server. */
function routedClass(dial: Dial, Original: AnyWebSocketClass, route: Route): AnyWebSocketClass {
  const routed: AnyWebSocketClass = new Proxy(webSocketClass(dial), {
    construct(Mocked, args: ConstructorParameters<AnyWebSocketClass>, newTarget: AnyWebSocketClass) {
      const Chosen = matches(route, args[0]) ? Mocked : Original;
      return Reflect.construct(Chosen, args, newTarget === routed ? Chosen : newTarget);
    },
  });
  return routed;
}

type Scope = Record<"WebSocket" | "document" | "navigator", unknown> & {
  dispatchEvent?(event: Event): boolean;
};

const scope = globalThis as unknown as Scope;

/** Takes the place of the global WebSocket. */
export function replaceWebSocket(dial: Dial, route: Route | undefined): Uninstall {
  const original = Object.getOwnPropertyDescriptor(scope, "WebSocket");
  const Original = scope.WebSocket as AnyWebSocketClass | undefined;
  const replacement = Original && route !== undefined ? routedClass(dial, Original, route) : webSocketClass(dial);
  Object.defineProperty(scope, "WebSocket", { value: replacement, configurable: true, writable: true, enumerable: false });
  return toDisposable(() => {
    if (original) Object.defineProperty(scope, "WebSocket", original);
    else delete (scope as Partial<Scope>).WebSocket;
  });
}

function matches(route: Route, url: string | URL): boolean {
  if (typeof route === "string") return String(url).includes(route);
  if (route instanceof RegExp) return route.test(String(url));
  const base = (globalThis as { location?: { href: string } }).location?.href;
  return route(new URL(String(url), base));
}

/** Lets the page around a test report what the environment of a socket listens to. Where there is no page, it does nothing. */
export class PageEvents {
  readonly #undo: (() => void)[] = [];
  #online = true;
  #visible = true;

  /** Takes over what the page says of itself. */
  start(): void {
    const { navigator, document } = scope as { navigator?: object; document?: object };
    this.#define(navigator, "onLine", () => this.#online);
    this.#define(document, "visibilityState", () => (this.#visible ? "visible" : "hidden"));
    this.#define(document, "hidden", () => !this.#visible);
  }

  /** Reports an event, as a page does. */
  turn(event: EnvironmentEvent): void {
    const { document } = scope as { document?: EventTarget };
    if (event === "online" || event === "offline") this.#online = event === "online";
    const isVisibility = event === "visible" || event === "hidden";
    if (isVisibility) this.#visible = event === "visible";
    if (isVisibility) document?.dispatchEvent(new Event("visibilitychange"));
    else if (event === "freeze" || event === "resume") document?.dispatchEvent(new Event(event));
    else scope.dispatchEvent?.(new Event(event));
  }

  /** The page speaks for itself again. */
  end(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#online = true;
    this.#visible = true;
  }

  #define(target: object | undefined, name: string, get: () => unknown): void {
    if (!target) return;
    const original = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { get, configurable: true });
    this.#undo.push(() => {
      if (original) Object.defineProperty(target, name, original);
      else delete (target as Record<string, unknown>)[name];
    });
  }
}

/** The symbol of `using`. Compilers look for this name in engines without the symbol. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? /* @__PURE__ */ (Symbol.for("Symbol.dispose") as never);

/** A function that `using` calls at the end of its block. */
export function toDisposable(end: () => void): Uninstall {
  return Object.assign(end, { [dispose]: end }) as Uninstall;
}
