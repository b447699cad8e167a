import { mount } from "./mount";

/** A plugin of TanStack Devtools. */
export interface TanStackPlugin {
  /** Its id. */
  readonly id: string;
  /** Its name in the list of plugins. */
  readonly name: string;
  /** Shows the panel in an element of the plugin. */
  render(element: HTMLElement, props?: { readonly theme?: "light" | "dark" | undefined }): void;
  /** Removes it. */
  destroy(): void;
}

/** Makes the panel a plugin of TanStack Devtools, whose core takes it as it is. */
export function tanStackPlugin(): TanStackPlugin {
  let unmount: (() => void) | undefined;
  return {
    id: "wireline",
    name: "Wireline",
    render(element, { theme } = {}) {
      unmount?.();
      unmount = mount(element, { open: true, inline: true, theme });
    },
    destroy() {
      unmount?.();
      unmount = undefined;
    },
  };
}
