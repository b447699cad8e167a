/**
 * An event of the page or worker. `freeze` and `pagehide` close the connection until another event follows, or for 15 to 30
 * seconds in which timers run.
 */
export type EnvironmentEvent = "online" | "offline" | "visible" | "hidden" | "freeze" | "resume" | "pagehide" | "pageshow";

/** Where a socket runs: a page, a worker, or a runtime whose sleep and wake you report. */
export interface Environment {
  /** Whether there is a network. */
  readonly online: boolean;
  /** Whether the page is visible. */
  readonly visible: boolean;
  /** Adds a listener, and returns the function that removes it. */
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
