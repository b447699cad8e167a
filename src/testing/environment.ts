import type { Environment, EnvironmentEvent } from "../index";

/** The environment of a page without a page: a test decides what it reports. */
export class MockEnvironment implements Environment {
  /** Whether there seems to be a network. */
  online = true;
  /** Whether anybody can see the page. */
  visible = true;
  /** The listeners, each of a socket. */
  readonly listeners = new Set<(event: EnvironmentEvent) => void>();

  /** Adds a listener, and returns the function that removes it. */
  listen(listener: (event: EnvironmentEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reports an event, and sets `online` and `visible` to what it says. */
  turn(event: EnvironmentEvent): void {
    if (event === "online" || event === "offline") this.online = event === "online";
    if (event === "visible" || event === "hidden") this.visible = event === "visible";
    for (const listener of [...this.listeners]) listener(event);
  }
}
