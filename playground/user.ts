import { find, write } from "./dom";

const key = "wireline-user";

/** The user's name: asked for once, and kept by this window, so that another is somebody else. Escape makes it a guest's. */
export async function userName(): Promise<string> {
  return remembered() ?? (await ask());
}

/** Asks for another name, and begins anew with it. */
export async function rename(): Promise<void> {
  const before = remembered();
  if ((await ask()) !== before) location.reload();
}

async function ask(): Promise<string> {
  const dialog = find("name-dialog", HTMLDialogElement);
  const form = find("name-form", HTMLFormElement);
  const input = find("name", HTMLInputElement);
  const error = find("name-error", HTMLElement);
  input.value = remembered() ?? "";
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
  const name = dialog.returnValue || remembered() || `Guest ${Math.floor(100 + Math.random() * 900)}`;
  try {
    sessionStorage.setItem(key, name);
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
  return name;
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}
