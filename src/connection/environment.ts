/**
 * The page's events around a connection; `visible` and `hidden` are the two of `visibilitychange`. `freeze` and `pagehide`
 * end the connection until a sign of wake, or for 15 to 30 seconds in which timers run.
 */
export type EnvironmentEvent = "online" | "offline" | "visible" | "hidden" | "freeze" | "resume" | "pagehide" | "pageshow";

/** What a socket asks of the place it runs in. Pages and workers have their own; others may implement one. */
export interface Environment {
  /** Whether there seems to be a network. */
  readonly online: boolean;
  /** Whether anybody can see the page. */
  readonly visible: boolean;
  /** Adds a listener, and returns the function that removes it. */
  listen(listener: (event: EnvironmentEvent) => void): () => void;
}

const windowEvents = ["online", "offline", "pagehide", "pageshow"];
const documentEvents = ["visibilitychange", "freeze", "resume"];

/** The environment of a page or a worker; none in Node, and thus none on a server that renders pages. */
export function pageEnvironment(): Environment | undefined {
  const { document, navigator } = globalThis;
  if (typeof globalThis.addEventListener !== "function") return undefined;
  const environment: Environment = {
    get online() {
      return navigator?.onLine !== false;
    },
    get visible() {
      return document?.visibilityState !== "hidden";
    },
    listen(listener) {
      const forward = ({ type }: Event) => {
        const visibility = environment.visible ? "visible" : "hidden";
        listener((type === "visibilitychange" ? visibility : type) as EnvironmentEvent);
      };
      const forEach = (method: "addEventListener" | "removeEventListener") => {
        for (const type of windowEvents) globalThis[method](type, forward);
        for (const type of documentEvents) document?.[method](type, forward);
      };
      forEach("addEventListener");
      return () => forEach("removeEventListener");
    },
  };
  return environment;
}

/** What relative addresses are relative to: the page with its `<base>`, or a worker's own address; `undefined` elsewhere. */
export function baseAddress(): string | undefined {
  const { document, location } = globalThis;
  const base: string | undefined = document?.baseURI ?? location?.href;
  // A worker that was made of a blob.
  return base?.startsWith("blob:") ? location.origin : base;
}
