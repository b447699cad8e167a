import type { CommandForm, Inspected, JsonSchema } from "../index";
import { button, h } from "./dom";

/** The form that sends a message: a field for each property of the JSON Schema, or JSON where there is none. */
export class Sender {
  readonly element: HTMLElement;
  readonly #cmd = h("input", { name: "cmd", required: true, autocomplete: "off" });
  readonly #choice = h("select", { name: "choice" });
  readonly #channel = h("input", { name: "channel", autocomplete: "off", placeholder: "the default channel" });
  readonly #params = h("div", { class: "params" });
  readonly #result = h("output");
  readonly #named: HTMLElement;
  readonly #free: HTMLElement;
  #socket: Inspected | undefined;
  #read: () => unknown = () => ({});

  constructor() {
    this.#named = h("label", {}, "Command", this.#choice);
    this.#free = h("label", {}, "Command", this.#cmd);
    const send = button("Send", () => this.#send());
    this.element = h(
      "div",
      { class: "sender" },
      ...[this.#named, this.#free, h("label", {}, "Channel", this.#channel), this.#params, h("p", {}, send, this.#result)],
    );
    this.#choice.addEventListener("input", () => this.#chosen());
  }

  /** Offers the commands of a socket. */
  show(socket: Inspected): void {
    if (socket === this.#socket) return;
    this.#socket = socket;
    const { commands } = socket;
    this.#named.hidden = commands.length === 0;
    this.#free.hidden = commands.length > 0;
    this.#choice.replaceChildren(...commands.map(({ cmd }) => h("option", {}, cmd)));
    this.#chosen();
  }

  get #command(): CommandForm {
    const { commands = [] } = this.#socket ?? {};
    return commands[this.#choice.selectedIndex] ?? { cmd: this.#cmd.value };
  }

  #chosen(): void {
    this.#result.textContent = "";
    const { schema } = this.#command;
    if (isFlat(schema)) {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([name, property]) => new Field(name, property, schema.required?.includes(name)),
      );
      this.#params.replaceChildren(...fields.map(({ element }) => element));
      this.#read = () => Object.fromEntries(fields.map((field) => [field.name, field.value]).filter(([, value]) => value !== undefined));
      return;
    }
    const text = h("textarea", { rows: "4", spellcheck: "false" });
    text.value = schema ? JSON.stringify(sampleOf(schema), undefined, 2) : "{}";
    this.#params.replaceChildren(h("label", {}, "Param, as JSON", text));
    this.#read = () => JSON.parse(text.value || "null");
  }

  #send(): void {
    const { cmd } = this.#command;
    const channel = this.#channel.value || undefined;
    try {
      if (!cmd) throw new Error("name a command");
      this.#result.textContent = this.#socket?.act({ type: "send", cmd, param: this.#read(), channel }) ?? "";
    } catch (error) {
      this.#result.textContent = `Not sent: ${(error as Error).message}`;
    }
  }
}

/** One property of a param. */
class Field {
  readonly name: string;
  readonly element: HTMLElement;
  readonly #schema: JsonSchema;
  readonly #input: HTMLInputElement | HTMLSelectElement;
  readonly #isRequired: boolean;

  constructor(name: string, schema: JsonSchema, isRequired = false) {
    this.name = name;
    this.#schema = schema;
    this.#isRequired = isRequired;
    const types: Record<string, string> = { boolean: "checkbox", number: "number", integer: "number" };
    this.#input = schema.enum
      ? h(
          "select",
          {},
          ...(isRequired ? [] : [h("option", { value: "" }, "–")]),
          ...schema.enum.map((value) => h("option", {}, String(value))),
        )
      : h("input", { type: types[String(schema.type)] ?? "text", step: "any", autocomplete: "off" });
    if (schema.default !== undefined) this.#input.value = String(schema.default);
    this.element = h("label", {}, isRequired ? name : `${name} (optional)`, this.#input);
  }

  /** What was entered; `undefined` for an optional property that is empty. */
  get value(): unknown {
    const { type, enum: values } = this.#schema;
    const text = this.#input.value;
    if (values) return values.find((value) => String(value) === text);
    if (type === "boolean") return (this.#input as HTMLInputElement).checked;
    if (text === "" && (!this.#isRequired || type !== "string")) return undefined;
    return type === "string" ? text : Number(text);
  }
}

const simple = ["string", "number", "integer", "boolean"];

/** Whether each property of a param is a field. */
function isFlat(schema: JsonSchema | undefined): schema is JsonSchema {
  return (
    schema?.type === "object" &&
    Object.values(schema.properties ?? {}).every((property) => property.enum ?? simple.includes(String(property.type)))
  );
}

/** A value that shows what a schema wants. */
function sampleOf({ type, properties, enum: values, default: initial }: JsonSchema): unknown {
  if (initial !== undefined) return initial;
  if (values) return values[0];
  if (type === "object") return Object.fromEntries(Object.entries(properties ?? {}).map(([name, property]) => [name, sampleOf(property)]));
  const samples: Record<string, unknown> = { string: "", number: 0, integer: 0, boolean: false, array: [] };
  return samples[String(type)] ?? null;
}
