import { commandsOf, type Command, type ContractDocument, definitionOf } from "./document";
import { bare, both, choices, patternsOf, requireMapped, typeOf } from "./keywords";
import { exported, joined, Names } from "./names";
import { toGoPattern } from "./pattern";
import { isSchema, type JSONSchema, usage } from "./reader";
import {
  type Constant,
  type Declaration,
  type Doc,
  type Field,
  type Format,
  formats,
  hasLimits,
  type Limits,
  type Shape,
  type Variant,
} from "./shape";

/** Where a schema stands, for errors and for the name of its type. */
interface Place {
  readonly path: string;
  readonly name: string;
  /** Whether the name is taken already, for the type that stands here. */
  readonly isTaken?: boolean;
}

/** What only one command has: its Go names and its param. */
export interface GoCommand extends Command {
  /** The name of its constant. */
  readonly constant: string;
  /** The handler's method, or the function that sends it. */
  readonly method: string;
  readonly param: Shape;
}

// What every file has. Names of commands and types give way.
const reserved = ["Handler", "Dispatch", "Sender", "Message", "ParamError", "ErrUnknownCommand"];

/** The types of Go that a document needs, in the order in which they are written. */
export class Model {
  readonly commands: readonly GoCommand[];
  readonly declarations: Declaration[] = [];
  readonly #document: ContractDocument;
  readonly #names = new Names(reserved);
  /** Definitions that are read, or are being read. */
  readonly #shared = new Map<string, { readonly name: string; shape?: Shape; isNeeded: boolean }>();

  /** @throws SocketError `usage` for what has no type in Go; it names the path. */
  constructor(document: ContractDocument) {
    this.#document = document;
    const commands = commandsOf(document);
    const methods = new Names();
    const named = commands.map((command) => {
      const { direction, cmd } = command;
      const name = exported(cmd);
      const constant = this.#names.take(`${direction === "outbound" ? "Command" : "Event"}${name}`);
      return { ...command, constant, method: direction === "outbound" ? methods.take(name) : this.#names.take(`Send${name}`) };
    });
    this.commands = named.map((command) => ({ ...command, param: this.#paramOf(command) }));
  }

  #paramOf({ name, definition }: Command): Shape {
    const shape = this.#refer(name, { path: name, name: "" });
    // What has limits needs a method that checks it, and so a name.
    const [core, isNullable] = shape.kind === "nullable" ? [shape.of, true] : [shape, false];
    if (core.kind === "named" || core.kind === "any" || core.kind === "null") return shape;
    const named = this.#define(this.#shared.get(name)!.name, docOf(definition), core);
    return isNullable ? { kind: "nullable", of: named } : named;
  }

  /** The wanted name of a definition's type. */
  #nameOf(definition: string): string {
    const [, direction, cmd = ""] = /^(inbound|outbound)\.(.*)$/s.exec(definition) ?? [];
    return direction ? `${exported(cmd)}${direction === "outbound" ? "Command" : "Event"}` : exported(definition);
  }

  /** Takes the name for a type that stands somewhere. */
  #nameFor({ name, isTaken }: Place): string {
    return isTaken ? name : this.#names.take(name);
  }

  #define(name: string, doc: Doc, shape: Shape): Shape {
    this.declarations.push({ kind: "defined", name, doc, shape });
    return { kind: "named", name };
  }

  /** The shape of a definition, read once. */
  #refer(ref: string, place: Place): Shape {
    const known = this.#shared.get(ref);
    if (known?.shape) return known.shape;
    if (known) {
      known.isNeeded = true;
      return { kind: "named", name: known.name };
    }
    const definition = this.#document.$defs[ref];
    if (!definition) throw usage(`${place.path}: the schema refers to ${ref}, which the document does not have; define it in $defs.`);
    const entry: { name: string; shape?: Shape; isNeeded: boolean } = { name: this.#names.take(this.#nameOf(ref)), isNeeded: false };
    this.#shared.set(ref, entry);
    const shape = this.#shapeOf(definition, { path: ref, name: entry.name, isTaken: true });
    // A list of itself, for example, is a type by its own name.
    if (entry.isNeeded && !(shape.kind === "named" && shape.name === entry.name)) {
      entry.shape = this.#define(entry.name, docOf(definition), shape);
    } else entry.shape = shape;
    return entry.shape;
  }

  #shapeOf(schema: unknown, place: Place): Shape {
    if (schema === true) return { kind: "any" };
    if (!isSchema(schema)) throw usage(`${place.path}: nothing fits here; leave it out.`);
    requireMapped(schema, place.path);
    const { $ref, allOf, ...rest } = schema;
    const others = bare(rest);
    if ($ref !== undefined && Object.keys(others).length === 0 && !allOf)
      return this.#refer(definitionOf(this.#document, $ref).name, place);
    if ($ref !== undefined || allOf) return this.#shapeOf(this.#merged(schema, place), place);
    const variants = schema.anyOf ?? schema.oneOf ?? choices(schema);
    if (variants) return this.#choose(schema, variants, place);
    const values = schema.const === undefined ? schema.enum : [schema.const];
    if (values) return this.#enumerate(schema, values, place);
    return this.#typed(schema, place);
  }

  /** Schemas that must all hold, as one. */
  #merged({ $ref, allOf = [], ...rest }: JSONSchema, place: Place): JSONSchema {
    const parts = [...($ref === undefined ? [] : [definitionOf(this.#document, $ref).definition]), ...allOf];
    return parts.reduce<JSONSchema>((whole, part) => {
      const flat = part.allOf || part.$ref !== undefined ? this.#merged(part, place) : part;
      return both(whole, flat, place.path);
    }, rest);
  }

  #typed(schema: JSONSchema, place: Place): Shape {
    switch (typeOf(schema)) {
      case undefined:
        return { kind: "any" };
      case "null":
        return { kind: "null" };
      case "boolean":
        return { kind: "boolean", limits: {} };
      case "integer":
        return { kind: "integer", limits: wholeLimits(limitsOf(schema, place)) };
      case "number":
        return { kind: "number", limits: limitsOf(schema, place) };
      case "string":
        return stringOf(schema, place);
      case "array": {
        const items = this.#shapeOf(schema.items ?? true, { path: `${place.path}[]`, name: `${place.name}Item` });
        return { kind: "list", items: this.#requireSome(items, place), limits: limitsOf(schema, place) };
      }
      case "object":
        return this.#objectOf(schema, place);
      default:
        throw usage(`${place.path}: the type ${JSON.stringify(schema.type)} is none of JSON Schema; use one that is.`);
    }
  }

  #objectOf(schema: JSONSchema, place: Place): Shape {
    const { properties, additionalProperties: others = true, propertyNames, required = [] } = schema;
    const isOpen = isSchema(others) ? Object.keys(bare(others)).length === 0 : others;
    if (!properties) {
      if (others === false) return this.#struct(schema, {}, place);
      const values = this.#shapeOf(others, { path: `${place.path}[]`, name: `${place.name}Value` });
      const keys = this.#keysOf(propertyNames ?? {}, place);
      return { kind: "map", values: this.#requireSome(values, place), keys, required, limits: limitsOf(schema, place) };
    }
    if (!isOpen && others !== false) {
      throw usage(`${place.path}: an object with named and other fields has no type in Go; put the others into a record of their own.`);
    }
    if (propertyNames || schema["minProperties"] !== undefined || schema["maxProperties"] !== undefined) {
      throw usage(`${place.path}: a rule for the names or the number of fields has no type in Go; leave it out, or use a record.`);
    }
    return this.#struct(schema, properties, place);
  }

  /** What the names of a record's fields keep to. */
  #keysOf(schema: JSONSchema, place: Place): Limits {
    const { const: only, enum: values = only === undefined ? undefined : [only], ...rest } = this.#target(schema);
    if (values) return { values: values as string[] };
    const { $ref, ...shown } = rest;
    const shape = stringOf({ ...shown, type: "string" }, place);
    return shape.kind === "string" ? shape.limits : {};
  }

  #struct(schema: JSONSchema, properties: Readonly<Record<string, JSONSchema>>, place: Place): Shape {
    const name = this.#nameFor(place);
    const at = this.declarations.length;
    const names = new Names(["Validate", "MarshalJSON", "UnmarshalJSON"]);
    const fields: Field[] = [];
    const constants: Constant[] = [];
    for (const [key, property] of Object.entries(properties)) {
      const path = `${place.path}.${key}`;
      if (!/^[\p{L}\p{N} !#$%&()*+./:;<=>?@[\]^_{|}~-]+$/u.test(key))
        throw usage(`${path}: Go cannot write a field with this name; rename it.`);
      const optional = !schema.required?.includes(key);
      const constant = optional ? undefined : this.#constantOf(property);
      const field = names.take(exported(key));
      if (constant !== undefined) constants.push({ key, name: field, value: constant });
      else {
        const shape = this.#shapeOf(property, { path, name: `${name}${field}` });
        fields.push({ key, name: field, doc: docOf(property), shape: this.#requireSome(shape, { path, name }), optional });
      }
    }
    for (const key of schema.required ?? []) {
      if (!Object.hasOwn(properties, key))
        fields.push({ key, name: names.take(exported(key)), doc: {}, shape: { kind: "any" }, optional: false });
    }
    const closed = schema.additionalProperties === false;
    this.declarations.splice(at, 0, { kind: "struct", name, doc: docOf(schema), fields, constants, closed });
    return { kind: "named", name };
  }

  /** The only value of a schema, if it has but one and no other rule. */
  #constantOf(schema: JSONSchema): string | number | boolean | undefined {
    const { $ref } = schema;
    const target = $ref === undefined ? schema : definitionOf(this.#document, $ref).definition;
    const value = target.const ?? (target.enum?.length === 1 ? target.enum[0] : undefined);
    return ["string", "number", "boolean"].includes(typeof value) ? (value as string | number | boolean) : undefined;
  }

  #choose(schema: JSONSchema, variants: readonly JSONSchema[], place: Place): Shape {
    const { anyOf, oneOf, type, ...rest } = schema;
    const besides = bare(rest);
    const isChoiceOfTypes = !anyOf && !oneOf;
    if (anyOf && oneOf) throw usage(`${place.path}: two choices hold at once, which has no type in Go; write them as one.`);
    if (!isChoiceOfTypes && (Object.keys(besides).length > 0 || Array.isArray(type))) {
      const common: JSONSchema = { ...besides, ...(type !== undefined && { type }) };
      const whole = variants.map((variant) => both(variant, common, place.path));
      return this.#choose({ ...(oneOf ? { oneOf: whole } : { anyOf: whole }) }, whole, place);
    }
    const flat = variants.flatMap((variant) => this.#flat(variant));
    const some = flat.filter((variant) => variant.type !== "null" && variant.const !== null);
    if (some.length < flat.length) {
      if (some.length === 0) return { kind: "null" };
      const shape = some.length === 1 ? this.#shapeOf(some[0], place) : this.#union(some, oneOf !== undefined, place, docOf(schema));
      return shape.kind === "nullable" || shape.kind === "any" ? shape : { kind: "nullable", of: shape };
    }
    return flat.length === 1 ? this.#shapeOf(flat[0], place) : this.#union(flat, oneOf !== undefined, place, docOf(schema));
  }

  /** A choice within a choice, as one. */
  #flat(schema: JSONSchema): readonly JSONSchema[] {
    const { anyOf } = schema;
    if (anyOf && Object.keys(bare({ ...schema, anyOf: undefined })).every((keyword) => keyword === "anyOf")) {
      return anyOf.flatMap((variant) => this.#flat(variant));
    }
    return choices(schema) ?? [schema];
  }

  #union(schemas: readonly JSONSchema[], exact: boolean, place: Place, doc: Doc): Shape {
    const values = schemas.map((schema) => (schema.const === undefined ? schema.enum : [schema.const]));
    if (values.every((each) => each !== undefined))
      return this.#enumerate(
        {},
        values.flatMap((each) => each!),
        place,
      );
    const name = this.#nameFor(place);
    const at = this.declarations.length;
    const tag = this.#tagOf(schemas);
    const names = new Names(["Validate", "MarshalJSON", "UnmarshalJSON"]);
    const variants = schemas.map((schema, index): Variant => {
      const value = tag === undefined ? undefined : (this.#propertyOf(schema, tag) as string);
      const label = names.take(value === undefined ? this.#labelOf(schema, index) : exported(value));
      const path = `${place.path}(${label})`;
      const shape = this.#requireSome(this.#shapeOf(schema, { path, name: `${name}${label}` }), { path, name });
      if (shape.kind === "nullable")
        throw usage(`${path}: a choice of what may be null has no type in Go; make the choice itself nullable.`);
      const isChecked = shape.kind !== "named" && hasLimits(shape);
      return {
        name: label,
        shape: isChecked ? this.#define(this.#names.take(`${name}${label}`), docOf(schema), shape) : shape,
        ...(value !== undefined && { tag: value }),
      };
    });
    this.declarations.splice(at, 0, { kind: "union", name, doc, exact, variants, ...(tag !== undefined && { tag }) });
    return { kind: "named", name };
  }

  #labelOf(schema: JSONSchema, index: number): string {
    if (schema.$ref !== undefined) return exported(definitionOf(this.#document, schema.$ref).name);
    if (schema.title !== undefined && /\p{L}/u.test(schema.title)) return exported(schema.title);
    const type = typeOf(schema);
    const labels = { string: "String", number: "Number", integer: "Integer", boolean: "Boolean", array: "List", object: "", null: "" };
    return (type && labels[type]) || `Option${index + 1}`;
  }

  /** The property whose value tells the variants of a union apart. */
  #tagOf(schemas: readonly JSONSchema[]): string | undefined {
    const [first] = schemas.map((schema) => this.#target(schema));
    return Object.keys(first?.properties ?? {}).find((key) => {
      const values = schemas.map((schema) => this.#propertyOf(schema, key));
      return values.every((value) => typeof value === "string") && new Set(values).size === values.length;
    });
  }

  #propertyOf(schema: JSONSchema, key: string): unknown {
    const { properties, required } = this.#target(schema);
    const property = properties?.[key];
    return property && required?.includes(key) ? this.#constantOf(property) : undefined;
  }

  #target(schema: JSONSchema): JSONSchema {
    if (schema.$ref === undefined && !schema.allOf) return schema;
    return this.#merged(schema, { path: "", name: "" });
  }

  #enumerate(schema: JSONSchema, all: readonly unknown[], place: Place): Shape {
    const unique = [...new Set(all)];
    const values = unique.filter((value) => value !== null) as (string | number | boolean)[];
    if (values.length < unique.length) {
      if (values.length === 0) return { kind: "null" };
      return { kind: "nullable", of: this.#enumerate(schema, values, place) };
    }
    const types = [...new Set(values.map((value) => typeof value))];
    if (types.length !== 1 || !["string", "number", "boolean"].includes(types[0]!)) {
      throw usage(`${place.path}: values of several types have no type in Go; use values of one type, or an object for each.`);
    }
    if (types[0] === "boolean") return { kind: "boolean", limits: values.length > 1 ? {} : { values } };
    if (types[0] === "number")
      return { kind: values.every((value) => Number.isSafeInteger(value)) ? "integer" : "number", limits: { values } };
    if (values.length === 1) return { kind: "string", limits: { values } };
    const name = this.#nameFor(place);
    const constants = (values as string[]).map((value) => ({ name: this.#names.take(`${name}${joined(value) || "Empty"}`), value }));
    this.declarations.push({ kind: "enum", name, doc: docOf(schema), values: constants });
    return { kind: "named", name };
  }

  /** @throws SocketError `usage` for what is always null. */
  #requireSome(shape: Shape, { path }: Place): Shape {
    if (shape.kind === "null") throw usage(`${path}: what is always null has no type in Go; leave it out.`);
    return shape;
  }
}

function docOf({ description, deprecated, default: value }: JSONSchema): Doc {
  return {
    ...(description !== undefined && { description }),
    ...(deprecated === true && { deprecated }),
    ...(value !== undefined && { default: JSON.stringify(value) }),
  };
}

const limitKeywords = [
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
] as const;

function limitsOf(schema: JSONSchema, place: Place): Limits {
  const given = limitKeywords.filter((keyword) => schema[keyword] !== undefined);
  const what = schema.format === undefined ? "" : schema.format;
  const patterns = patternsOf(schema).map((pattern) => ({ pattern: toGoPattern(pattern, place.path), what }));
  return { ...Object.fromEntries(given.map((keyword) => [keyword, schema[keyword]])), ...(patterns.length > 0 && { patterns }) };
}

/** The limits of an int64: whole, and within what it holds. */
function wholeLimits({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...rest }: Limits): Limits {
  const least = Math.max(Math.ceil(minimum ?? -Infinity), exclusiveMinimum === undefined ? -Infinity : Math.floor(exclusiveMinimum) + 1);
  const most = Math.min(Math.floor(maximum ?? Infinity), exclusiveMaximum === undefined ? Infinity : Math.ceil(exclusiveMaximum) - 1);
  return { ...rest, ...(least > -(2 ** 63) && { minimum: least }), ...(most < 2 ** 63 && { maximum: most }) };
}

// What RFC 3339 allows, and what Go writes.
const times = ["2020-02-29T03:04:05Z", "2020-02-29T03:04:05.1Z", "2020-02-29T03:04:05.123456789Z"];
// What a time of Go cannot be read from.
const noTimes = ["2020-02-29T03:04Z", "2020-02-29T03:04:05", "2020-02-29T03:04", "2020-02-29 03:04:05Z"];

function stringOf(schema: JSONSchema, place: Place): Shape {
  const limits = limitsOf(schema, place);
  const patterns = patternsOf(schema).map((pattern) => new RegExp(pattern));
  const fits = (text: string) => patterns.every((pattern) => pattern.test(text));
  if (schema.format === "date-time" && limits.minLength === undefined && limits.maxLength === undefined) {
    if (times.every(fits) && (patterns.length === 0 || !noTimes.some(fits))) {
      const what = fits("2020-02-29T03:04:05+02:00") ? "date-time" : "date-time in UTC";
      return {
        kind: "time",
        limits: { ...limits, ...(limits.patterns && { patterns: limits.patterns.map((each) => ({ ...each, what })) }) },
      };
    }
  }
  const { format } = schema;
  if (format === undefined || patterns.length > 0) return { kind: "string", limits };
  if (!formats.includes(format as Format)) {
    throw usage(`${place.path}: Go does not know the format ${format}; give the schema a pattern.`);
  }
  return { kind: "string", limits: { ...limits, format: format as Format } };
}
