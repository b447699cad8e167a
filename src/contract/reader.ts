import { type Schema, SocketError } from "../index";

/** A JSON Schema as an object. Only the keywords that the contract reads are named. */
export interface JSONSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JSONSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JSONSchema;
  readonly propertyNames?: JSONSchema;
  readonly items?: boolean | JSONSchema;
  readonly anyOf?: readonly JSONSchema[];
  readonly oneOf?: readonly JSONSchema[];
  readonly allOf?: readonly JSONSchema[];
  readonly format?: string;
  readonly pattern?: string;
  /** Every other keyword. */
  readonly [keyword: string]: unknown;
}

/** Who writes a command: `outbound` ones the client, `inbound` ones the server. */
export type Direction = "inbound" | "outbound";

/** The versions of JSON Schema that are read. */
export type Target = "draft-2020-12" | "draft-07";

/** What a library is asked with. */
interface ConverterOptions {
  readonly target: Target;
  readonly libraryOptions?: Record<string, unknown>;
}

/** What Standard JSON Schema adds to a schema. */
interface Converter {
  readonly input: (options: ConverterOptions) => Record<string, unknown>;
  readonly output: (options: ConverterOptions) => Record<string, unknown>;
}

/** What a command without a param has on the wire. */
export const nothing: JSONSchema = { type: "null" };

// What a schema that takes only `undefined` refuses.
const somethings: readonly unknown[] = [null, {}, [], "", 0, false];

/**
 * The JSON Schema of what is on the wire: what the client's schema returns for `outbound`, what it takes for `inbound`.
 *
 * @param where the command, for errors
 * @throws SocketError `usage` for a schema that cannot be written as JSON Schema.
 */
export function readSchema(schema: Schema, direction: Direction, target: Target, where: string): JSONSchema {
  const absent = outcomeOf(schema, undefined);
  const mayBeAbsent = absent !== undefined && (direction === "inbound" || absent.value === undefined);
  const isNothing = () => mayBeAbsent && somethings.every((value) => !outcomeOf(schema, value));
  const convert = converterOf(schema, where);
  const wired = convert[direction === "outbound" ? "output" : "input"];
  const written = attempt(() => wired({ target }));
  // Libraries have no words for `undefined`, or take it for anything.
  if (("cause" in written || Object.keys(written.schema).every((keyword) => keyword === "$schema")) && isNothing()) return nothing;
  if ("cause" in written) throw unwritten(`${where}${pathOfFailure(wired, target)}`, written.cause);
  const read = direction === "outbound" ? attempt(() => convert.input({ target })) : written;
  const roots = { written: written.schema, read: "schema" in read ? read.schema : undefined };
  const { $schema: _, ...wire } = direction === "outbound" ? loosen(roots.written, roots.read, roots) : written.schema;
  // A param that may be left out is null on the wire.
  return mayBeAbsent && !takesNull(wire) ? withNull(wire) : wire;
}

/** What a schema makes of a value; `undefined` if it refuses it. */
function outcomeOf(schema: Schema, value: unknown): { readonly value: unknown } | undefined {
  try {
    const result = schema["~standard"].validate(value);
    return "value" in result && !result.issues ? result : undefined;
  } catch {
    return undefined;
  }
}

/** @throws SocketError `usage` for a schema without Standard JSON Schema. */
function converterOf(schema: Schema, where: string): Converter {
  const standard: Schema["~standard"] & { readonly jsonSchema?: Converter } = schema["~standard"];
  if (typeof standard.jsonSchema?.input === "function") return standard.jsonSchema;
  throw usage(
    `${where}: the schema of ${standard.vendor} has no Standard JSON Schema (~standard.jsonSchema); install zod 4.2 or ArkType 2.1.28 or later, or wrap a Valibot schema in toStandardJsonSchema of @valibot/to-json-schema 1.5.`,
  );
}

function attempt(convert: () => JSONSchema): { readonly schema: JSONSchema } | { readonly cause: unknown } {
  try {
    return { schema: convert() };
  } catch (cause) {
    return { cause };
  }
}

/** Where in a schema its library fails, if it says so: zod calls this function for what JSON Schema cannot describe. */
function pathOfFailure(convert: Converter["input"], target: Target): string {
  let path: unknown[] | undefined;
  const unrepresentable = (context: { readonly path?: unknown } | undefined) => {
    if (Array.isArray(context?.path)) path ??= context.path;
  };
  attempt(() => convert({ target, libraryOptions: { unrepresentable } }));
  const found: readonly unknown[] = path ?? [];
  return found.map((key, index) => (found[index - 1] === "properties" ? `.${key}` : key === "items" ? "[]" : "")).join("");
}

function unwritten(where: string, cause: unknown): SocketError {
  const reason = cause instanceof Error ? cause.message.split("\n")[0]!.replace(/[.;:\s]*$/, "") : "the library gives no reason";
  return usage(`${where}: ${reason}; use a schema of what JSON holds, such as a string with a date.`, cause);
}

/** The error for a protocol that cannot be written. */
export function usage(message: string, cause?: unknown): SocketError {
  return new SocketError("usage", { message, cause });
}

function takesNull(schema: JSONSchema): boolean {
  const { type, enum: values, anyOf = [], oneOf = [] } = schema;
  if (Object.keys(schema).length === 0 || type === "null" || values?.includes(null)) return true;
  return (Array.isArray(type) && type.includes("null")) || [...anyOf, ...oneOf].some(takesNull);
}

// Its definitions stay at the root, where references expect them.
function withNull({ $defs, definitions, ...schema }: JSONSchema): JSONSchema {
  return { anyOf: [schema, nothing], ...($defs !== undefined && { $defs }), ...(definitions !== undefined && { definitions }) };
}

/** Where references of both sides lead. */
interface Roots {
  readonly written: JSONSchema;
  readonly read: JSONSchema | undefined;
}

/**
 * What a schema returns has no further fields, because it removes them. That is no rule for the server: an older server must take
 * the messages of a newer client. So an object is closed only where the client's schema refuses further fields as well.
 */
function loosen(written: JSONSchema, read: JSONSchema | undefined, roots: Roots): JSONSchema {
  const counterpart = resolved(read, roots.read);
  const entries = Object.entries(written).map(([keyword, value]) => {
    if (keyword === "$defs" || keyword === "definitions" || keyword === "properties") {
      return [keyword, mapped(value, (each, name) => loosen(each, partOf(counterpart, keyword, name), roots))];
    }
    if (Array.isArray(value) && ["anyOf", "oneOf", "allOf", "prefixItems", "items"].includes(keyword)) {
      return [keyword, value.map((each, index) => (isSchema(each) ? loosen(each, partOf(counterpart, keyword, index), roots) : each))];
    }
    if ((keyword === "items" || keyword === "additionalProperties") && isSchema(value)) {
      return [keyword, loosen(value, partOf(counterpart, keyword), roots)];
    }
    return [keyword, value];
  });
  const open = written.additionalProperties === false && counterpart?.additionalProperties !== false;
  return Object.fromEntries(open ? entries.filter(([keyword]) => keyword !== "additionalProperties") : entries);
}

function resolved(schema: JSONSchema | undefined, root: JSONSchema | undefined): JSONSchema | undefined {
  const { $ref } = schema ?? {};
  if ($ref === undefined || !root) return schema;
  return $ref === "#" ? root : partOf(root, ...$ref.split("/").slice(1));
}

/** The part of a schema at a path, if it is a schema. */
function partOf(schema: JSONSchema | undefined, ...path: readonly (string | number)[]): JSONSchema | undefined {
  let part: unknown = schema;
  for (const key of path) part = isSchema(part) || Array.isArray(part) ? (part as Record<string | number, unknown>)[key] : undefined;
  return isSchema(part) ? part : undefined;
}

/** Whether a value is a schema that is an object. */
export function isSchema(value: unknown): value is JSONSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with each of its schemas changed. */
export function mapped(value: unknown, change: (schema: JSONSchema, name: string) => JSONSchema): Record<string, JSONSchema> {
  const entries = Object.entries(isSchema(value) ? value : {});
  return Object.fromEntries(entries.map(([name, each]) => [name, isSchema(each) ? change(each, name) : (each as JSONSchema)]));
}
