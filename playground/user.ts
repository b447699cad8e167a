import { find, write } from "./dom";

const key = "wireline-user";

/** The user's name: asked for once, and kept by this window, so that another is somebody else. Escape makes it a guest's. */
export async function userName(): Promise<string> {
  const known = remembered();
  if (known) return known;
  const name = (await ask("What is your name?", "Start chatting")) ?? `Guest ${Math.floor(100 + Math.random() * 900)}`;
  remember(name);
  return name;
}

/** Asks for another name, and begins anew with it, which `mayBegin` may still prevent. */
export async function rename(mayBegin: () => boolean): Promise<void> {
  const name = await ask("Change your name", "Save");
  if (name === undefined || name === remembered() || !mayBegin()) return;
  remember(name);
  location.reload();
}

/** Shows the dialog; gives the name that was typed, `undefined` after Escape. */
async function ask(title: string, action: string): Promise<string | undefined> {
  const dialog = find("name-dialog", HTMLDialogElement);
  const form = find("name-form", HTMLFormElement);
  const input = find("name", HTMLInputElement);
  const error = find("name-error", HTMLElement);
  write(find("name-title", HTMLElement), title);
  write(find("name-save", HTMLButtonElement), action);
  input.value = remembered() ?? "";
  input.removeAttribute("aria-invalid");
  write(error, "");
  const submitted = (event: Event): void => {
    event.preventDefault();
    if (input.value.trim()) return dialog.close(input.value.trim());
    write(error, "The name is empty: type one.");
    input.setAttribute("aria-invalid", "true");
    input.focus();
  };
  form.addEventListener("submit", submitted);
  dialog.returnValue = "";
  dialog.showModal();
  input.select();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  form.removeEventListener("submit", submitted);
  return dialog.returnValue || undefined;
}

function remember(name: string): void {
  try {
    sessionStorage.setItem(key, name);
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}
