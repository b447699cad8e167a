import type { Protocol, Schema } from "../index";
import { type Direction, isSchema, type JSONSchema, mapped, readSchema, type Target, usage } from "./reader";

/**
 * A protocol as JSON Schema. `$defs` has a definition for each command, by the name `outbound.…` or `inbound.…`, and one for each
 * schema that has a name of its own.
 */
export interface ContractDocument {
  /** The version of JSON Schema. */
  readonly $schema: string;
  /** The definitions, by name. */
  readonly $defs: Readonly<Record<string, Definition>>;
}

/** The schema of a command's param, and what else the protocol says about the command. */
export interface Definition extends JSONSchema {
  /** The inbound command that answers it. */
  readonly "x-reply"?: string;
  /** What happens to a message that cannot leave at once. Left out where it is `queue`. */
  readonly "x-delivery"?: string;
}

/** A command of a document. */
export interface Command {
  readonly direction: Direction;
  readonly cmd: string;
  /** Its name in `$defs`. */
  readonly name: string;
  readonly definition: Definition;
}

const versions: Record<Target, string> = {
  "draft-2020-12": "https://json-schema.org/draft/2020-12/schema",
  "draft-07": "http://json-schema.org/draft-07/schema#",
};

/** The directions, in the order in which they are written. */
export const directions: readonly Direction[] = ["outbound", "inbound"];

/**
 * Writes a protocol as JSON Schema (draft 2020-12): one definition for each command and direction.
 *
 * An outbound definition describes what the client's schema returns, which is what the server reads. An inbound one describes what
 * the client's schema takes, which is what the server must write. A command without a param has `null`.
 *
 * @throws SocketError `usage` for a schema without Standard JSON Schema, and for what JSON Schema cannot describe.
 *
 * @example
 * writeFileSync("contract.json", JSON.stringify(toJSONSchema(protocol), null, 2));
 */
export function toJSONSchema(protocol: Protocol): ContractDocument {
  return documentOf(protocol, "draft-2020-12");
}

/** The document of a protocol in a version of JSON Schema. */
export function documentOf(protocol: Protocol, target: Target): ContractDocument {
  const shared = new Shared();
  const commands: [string, Definition][] = [];
  for (const direction of directions) {
    for (const [cmd, defined] of Object.entries(protocol[direction] ?? {})) {
      const rules: { readonly param: Schema; readonly reply?: string; readonly delivery?: string } =
        "~standard" in defined ? { param: defined } : defined;
      const name = `${direction}.${cmd}`;
      const schema = shared.take(readSchema(rules.param, direction, target, name), name);
      const { reply, delivery } = rules;
      commands.push([
        name,
        {
          ...schema,
          ...(reply !== undefined && { "x-reply": reply }),
          ...(delivery !== undefined && delivery !== "queue" && { "x-delivery": delivery }),
        },
      ]);
    }
  }
  const named = [...shared.definitions].sort(([one], [other]) => (one < other ? -1 : 1));
  return { $schema: versions[target], $defs: Object.fromEntries([...commands, ...named]) };
}

/** The commands of a document, in its order. */
export function commandsOf(document: ContractDocument): Command[] {
  return Object.entries(document.$defs).flatMap(([name, definition]) => {
    const [, direction, cmd = ""] = /^(inbound|outbound)\.(.*)$/s.exec(name) ?? [];
    return direction ? [{ direction: direction as Direction, cmd, name, definition }] : [];
  });
}

/**
 * Reads a document that was written as JSON.
 *
 * @throws SocketError `usage` for what is no document.
 */
export function parseDocument(text: string, where: string): ContractDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw usage(`${where} is no JSON; write it with \`wireline json\`.`, cause);
  }
  const { $defs } = isSchema(value) ? value : {};
  if (!isSchema($defs) || !Object.values($defs).every(isSchema)) {
    throw usage(`${where} has no definitions; it must have \`$defs\` with names such as outbound.chat.`);
  }
  return value as ContractDocument;
}

/** What a reference leads to. */
export function definitionOf(document: ContractDocument, ref: string): { readonly name: string; readonly definition: Definition } {
  const name = ref
    .replace(/^#\/(\$defs|definitions)\//, "")
    .replace(/~1/g, "/")
    .replace(/~0/g, "~");
  const definition = document.$defs[name];
  if (!definition) throw usage(`${ref} leads nowhere; a document must hold all its definitions in \`$defs\`.`);
  return { name, definition };
}

/** A reference to a definition. */
export function refTo(name: string): string {
  return `#/$defs/${name.replace(/~/g, "~0").replace(/\//g, "~1")}`;
}

/** The definitions that several commands may share. */
class Shared {
  readonly definitions = new Map<string, JSONSchema>();
  /** What each means, with all that it refers to. */
  readonly #meanings = new Map<string, string>();

  /** Takes the named definitions out of a command's schema. What remains refers to them here. */
  take({ $defs, definitions, ...schema }: JSONSchema, command: string): JSONSchema {
    const own = new Map(Object.entries({ ...mapped(definitions, (each) => each), ...mapped($defs, (each) => each) }));
    const names = new Map([...own.keys()].map((name) => [name, this.#nameFor(name, own, command)]));
    const rename = (ref: string) => {
      if (ref === "#") return refTo(command);
      const [, name] = /^#\/(?:\$defs|definitions)\/(.*)$/.exec(ref) ?? [];
      return refTo(names.get(name ?? "") ?? usageOfRef(ref, command));
    };
    for (const [name, definition] of own) this.definitions.set(names.get(name)!, withRefs(definition, rename));
    return withRefs(schema, rename);
  }

  /** Its own name, unless another definition has it, or a library made it up. */
  #nameFor(name: string, own: ReadonlyMap<string, JSONSchema>, command: string): string {
    const meaning = meaningOf(name, own);
    const plain = name.replace(/^_+/, "");
    const madeUp = name.startsWith("_") || /^(in|out)bound\./.test(name) || meaning.includes(`"$ref":"#"`);
    const [direction] = command.split(".");
    const candidates = madeUp ? [`${plain}.${command}`] : [plain, `${plain}.${direction}`, `${plain}.${command}`];
    const chosen = candidates.find((candidate) => (this.#meanings.get(candidate) ?? meaning) === meaning) ?? candidates.at(-1)!;
    this.#meanings.set(chosen, meaning);
    return chosen;
  }
}

function usageOfRef(ref: string, command: string): never {
  throw usage(`${command}: the schema refers to ${ref}, which is outside of it; use references to its own definitions.`);
}

/** A definition and all that it refers to, as text. */
function meaningOf(name: string, own: ReadonlyMap<string, JSONSchema>): string {
  const met = new Map<string, JSONSchema>();
  const visit = (each: string) => {
    const definition = own.get(each);
    if (!definition || met.has(each)) return;
    met.set(each, definition);
    withRefs(definition, (ref) => {
      visit(ref.replace(/^#\/(\$defs|definitions)\//, ""));
      return ref;
    });
  };
  visit(name);
  return JSON.stringify([...met]);
}

/** A schema with its references changed. Values such as those of `const` stay. */
export function withRefs(schema: JSONSchema, change: (ref: string) => string): JSONSchema {
  const entries = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    if (keyword === "$ref" && typeof value === "string") return [keyword, change(value)];
    if (["const", "enum", "default", "examples"].includes(keyword)) return [keyword, value];
    if (keyword === "properties") return [keyword, mapped(value, (each) => withRefs(each, change))];
    if (Array.isArray(value)) return [keyword, value.map((each: unknown) => (isSchema(each) ? withRefs(each, change) : each))];
    return [keyword, isSchema(value) ? withRefs(value, change) : value];
  });
  return Object.fromEntries(entries);
}
