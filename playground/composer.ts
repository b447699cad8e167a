import { find, write } from "./dom";

/** What a message box needs of the page. */
export interface ComposerHost {
  /** Says what was written; gives what is wrong with it, if that keeps it from being said. */
  say(text: string): string | undefined;
  /** What is written has changed. */
  typed(text: string): void;
}

/** The message box, with a line of advice below. */
export class Composer {
  readonly #host: ComposerHost;
  readonly #text = find("text", HTMLTextAreaElement);
  readonly #hint = find("hint", HTMLElement);

  constructor(host: ComposerHost) {
    this.#host = host;
    find("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    this.#text.addEventListener("keydown", (event) => {
      // Enter also ends the choice of a character in some ways of writing.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#say();
    });
    this.#text.addEventListener("input", () => host.typed(this.#text.value));
  }

  /** Shows advice in place of what was shown. */
  hint(text: string): void {
    write(this.#hint, text);
  }

  focus(): void {
    this.#text.focus();
  }

  #say(): void {
    const text = this.#text.value;
    if (!text.trim()) return;
    const wrong = this.#host.say(text);
    if (wrong === undefined) this.#text.value = "";
    else this.hint(wrong);
  }
}
