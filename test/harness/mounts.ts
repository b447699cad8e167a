import { createElement, type ReactElement, StrictMode, useEffect, useState } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import type { Socket } from "../../src/index";
import { Connected, Status } from "./status";

// Runs in the page, beside the library: tests reach it by the global below.

/** Where the code of a page may make its socket. */
export type Place = "outside" | "effect" | "render";

/** The socket is created in an effect. */
function Made({ url }: { url: string }): ReactElement {
  const [socket, setSocket] = useState<Socket>();
  useEffect(() => {
    const made = new Wireline.Socket({ ...quick, url });
    setSocket(made);
    return () => made.close();
  }, [url]);
  return socket ? createElement(Status, { socket }) : createElement("p", null, "idle");
}

/** The socket is created while rendering, which React may do twice. */
function Rendered({ url }: { url: string }): ReactElement {
  const [socket] = useState(() => {
    const made = new Wireline.Socket({ ...quick, url });
    mounts.rendered.push(made);
    return made;
  });
  useEffect(() => () => socket.close(), [socket]);
  return createElement(Status, { socket });
}

/** A React page, which a test mounts, unmounts and edits. */
export class Mounts {
  /** What React had to say against the page, or the page printed as an error. */
  readonly complaints: string[] = [];
  /** The sockets that were created while rendering. */
  readonly rendered: Socket[] = [];
  /** How many WebSockets were created. */
  made = 0;
  #root: Root | undefined;

  constructor() {
    const { complaints } = this;
    console.error = (...words: unknown[]) => complaints.push(words.map(String).join(" "));
    const mounts = this;
    globalThis.WebSocket = class extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        mounts.made++;
      }
    };
  }

  /** Mounts its own component, as after an edit of its file: even a socket outside of it is another one. */
  mount(place: Place, url: string): void {
    this.#root ??= createRoot(document.body, this.#options);
    this.#root.render(createElement(StrictMode, null, this.#page(place, url)));
  }

  /** Makes what the server has rendered alive. */
  hydrate(url: string, autoConnect: boolean): void {
    const socket = new Wireline.Socket({ ...quick, url, autoConnect });
    this.#root = hydrateRoot(document.body, createElement(StrictMode, null, createElement(Connected, { socket })), this.#options);
  }

  unmount(): void {
    this.#root?.unmount();
    this.#root = undefined;
  }

  /** Resolves when the page shows a status. */
  shows(status: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (document.body.textContent?.trim() !== status) return;
        observer.disconnect();
        resolve();
      };
      const observer = new MutationObserver(look);
      observer.observe(document.body, { childList: true, subtree: true, characterData: true });
      look();
    });
  }

  readonly #options = { onRecoverableError: (error: unknown) => void this.complaints.push(String(error)) };

  #page(place: Place, url: string): ReactElement {
    if (place === "outside") {
      const socket = new Wireline.Socket({ ...quick, url, autoConnect: false });
      // A component that is defined again, like one whose file was edited.
      const Edited: typeof Connected = (props) => Connected(props);
      return createElement(Edited, { socket });
    }
    const Edited = place === "effect" ? (props: { url: string }) => Made(props) : (props: { url: string }) => Rendered(props);
    return createElement(Edited, { url });
  }
}

declare global {
  var mounts: Mounts;
}

globalThis.mounts = new Mounts();
