import type { Environment, EnvironmentEvent } from "../../src/index";

/** A page's surroundings without a page: a test turns them. */
export class FakeEnvironment implements Environment {
  online = true;
  visible = true;
  readonly listeners = new Set<(event: EnvironmentEvent) => void>();

  listen(listener: (event: EnvironmentEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Makes something happen, and tells those who listen. */
  turn(event: EnvironmentEvent): void {
    if (event === "online" || event === "offline") this.online = event === "online";
    if (event === "visible" || event === "hidden") this.visible = event === "visible";
    for (const listener of this.listeners) listener(event);
  }
}
