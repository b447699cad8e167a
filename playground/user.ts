import { find, write } from "./dom";

const key = "wireline-user";

/** What somebody decided in the dialog: who to be, or nobody; `undefined` after Escape. */
export type Decision = { readonly name: string } | "log out" | undefined;

/** How the dialog asks. */
export interface Question {
  title: string;
  /** What the button that decides is called. */
  action: string;
  /** Who is asked; without a name, there is nobody to log out. */
  user?: string | undefined;
  /** What to think of before. */
  note?: string;
}

/** The user that this window knows; another may be somebody else. */
export function knownUser(): string | undefined {
  try {
    return sessionStorage.getItem(key)?.trim().slice(0, 40) || undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the user for this window's next load. */
export function remember(user: string | undefined): void {
  try {
    if (user === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, user);
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}

/** A name for whoever gives none. */
export function guest(): string {
  return `Guest ${Math.floor(100 + Math.random() * 900)}`;
}

/** Ends the question before. */
let end: AbortController | undefined;

/** Asks who is there: the log-in. */
export async function askUser({ title, action, user, note = "" }: Question): Promise<Decision> {
  const dialog = find("name-dialog", HTMLDialogElement);
  const form = find("name-form", HTMLFormElement);
  const input = find("name", HTMLInputElement);
  const error = find("name-error", HTMLElement);
  const logOut = find("log-out", HTMLButtonElement);
  write(find("name-title", HTMLElement), title);
  write(find("name-save", HTMLButtonElement), action);
  write(find("name-note", HTMLElement), note);
  logOut.hidden = user === undefined;
  input.value = user ?? "";
  input.removeAttribute("aria-invalid");
  write(error, "");
  // A dialog says that it is closed a little later: by then it may be asked again.
  end?.abort();
  end = new AbortController();
  const { signal } = end;
  return new Promise<Decision>((resolve) => {
    // At once, too: what is typed by the time that it says so is the new user's.
    const decide = (decision: Decision): void => {
      resolve(decision);
      dialog.close();
    };
    const submitted = (event: Event): void => {
      event.preventDefault();
      const name = input.value.trim();
      if (name) {
        decide({ name });
        return;
      }
      write(error, "The name is empty: type one.");
      input.setAttribute("aria-invalid", "true");
      input.focus();
    };
    form.addEventListener("submit", submitted, { signal });
    logOut.addEventListener("click", () => decide("log out"), { signal });
    dialog.addEventListener("close", () => dialog.open || resolve(undefined), { signal });
    signal.addEventListener("abort", () => resolve(undefined));
    dialog.showModal();
    input.select();
  });
}
