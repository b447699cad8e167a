import type { Panel } from "./panel/panel";
import { registry } from "./registry";

/** Where the panel is attached. */
export type Edge = "bottom" | "top" | "left" | "right";

/** The options of {@link mount}. */
export interface MountOptions {
  /** Opens the panel at once. @default false */
  open?: boolean | undefined;
  /** The edge of the window. @default "bottom" */
  edge?: Edge | undefined;
  /** Fills the element in place of an edge of the window, without a button to open it. @default false */
  inline?: boolean | undefined;
  /** @default what the system prefers */
  theme?: "light" | "dark" | undefined;
}

/**
 * Adds the button that opens the inspector to a page. The panel itself is loaded when it is opened. It lives in a shadow root of a
 * custom element, so that no style reaches it or leaves it.
 *
 * @param element what it is added to. @default the body
 * @returns the function that removes it
 */
export function mount(element: HTMLElement = document.body, options: MountOptions = {}): () => void {
  const host = document.createElement(defineElement());
  if (options.theme) host.dataset["theme"] = options.theme;
  if (options.inline) host.dataset["inline"] = "";
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const section = document.createElement("section");
  section.setAttribute("aria-label", "Wireline inspector");
  root.append(section);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Wireline";
  button.setAttribute("aria-expanded", "false");
  button.className = "launcher";
  addStyle(root, launcherStyle);
  if (!options.inline) section.append(button);
  element.append(host);

  let panel: Panel | undefined;
  let isRemoved = false;
  let isStyled = false;
  const close = () => {
    panel?.remove();
    panel = undefined;
    button.hidden = false;
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  const open = async () => {
    button.disabled = true;
    try {
      const { Panel } = await import("./panel/panel");
      if (isRemoved || panel) return;
      panel = new Panel(registry, { edge: options.edge ?? "bottom", close: options.inline ? undefined : close });
      if (!isStyled) addStyle(root, Panel.style);
      isStyled = true;
      section.append(panel.element);
      button.hidden = true;
      button.setAttribute("aria-expanded", "true");
      if (!options.open) panel.focus();
    } finally {
      button.disabled = false;
    }
  };
  button.addEventListener("click", () => void open());
  if (options.open) void open();
  return () => {
    isRemoved = true;
    panel?.remove();
    host.remove();
  };
}

const elementName = "wireline-devtools";

/** Registers the custom element, if there is none; returns its name. A class of an element exists in pages only. */
function defineElement(): string {
  if (!customElements.get(elementName)) customElements.define(elementName, class extends HTMLElement {});
  return elementName;
}

/** Adds a style in a way that a strict Content-Security-Policy allows, where the browser has it. */
function addStyle(root: ShadowRoot, text: string): void {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } else {
    const style = document.createElement("style");
    style.textContent = text;
    (root as ShadowRoot).append(style);
  }
}

const launcherStyle = `
:host { all: initial; }
.launcher {
  position: fixed; right: 12px; bottom: 12px; z-index: 2147483000; padding: 8px 14px; border: 0; border-radius: 99px;
  background: #14304f; color: #fff; font: 600 14px/1.4 system-ui, sans-serif; cursor: pointer;
}
.launcher:focus-visible { outline: 3px solid #5b9dff; outline-offset: 2px; }
`;
