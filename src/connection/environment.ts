/**
 * What may happen around a connection, by the names of the page's events; `visible` and `hidden` are the two of
 * `visibilitychange`. `freeze` and `pagehide` close the connection until `resume`, `pageshow` or another sign of wake;
 * without one it comes back after 15 to 30 seconds, for a place that is really frozen runs no timers.
 */
export type EnvironmentEvent = "online" | "offline" | "visible" | "hidden" | "freeze" | "resume" | "pagehide" | "pageshow";

/** What a socket asks of the place it runs in. A page and a worker have their own; others may make one, for sleep and wake of theirs. */
export interface Environment {
  /** Whether there seems to be a network. */
  readonly online: boolean;
  /** Whether anybody can see the page. */
  readonly visible: boolean;
  /** Adds a listener, and gives the function that removes it. A socket listens while a connection is wanted. */
  listen(listener: (event: EnvironmentEvent) => void): () => void;
}

const ofWindow = ["online", "offline", "pagehide", "pageshow"];
const ofDocument = ["visibilitychange", "freeze", "resume"];

/** The environment of a page or a worker; none in Node, and thus under server-side rendering. */
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
      const controller = new AbortController();
      const { signal } = controller;
      const heard = ({ type }: Event) =>
        listener((type === "visibilitychange" ? (environment.visible ? "visible" : "hidden") : type) as EnvironmentEvent);
      for (const type of ofWindow) globalThis.addEventListener(type, heard, { signal });
      for (const type of ofDocument) document?.addEventListener(type, heard, { signal });
      return () => controller.abort();
    },
  };
  return environment;
}
