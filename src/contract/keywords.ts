import { isSchema, type JSONSchema, usage } from "./reader";

// What a schema says in several ways, said in one.

/** A single type of JSON. */
export type JSONType = "string" | "number" | "integer" | "boolean" | "null" | "object" | "array";

/** The keywords that say something about a value. All others only explain it. */
const checked: Readonly<Record<string, readonly JSONType[]>> = {
  minLength: ["string"],
  maxLength: ["string"],
  pattern: ["string"],
  minimum: ["number", "integer"],
  maximum: ["number", "integer"],
  exclusiveMinimum: ["number", "integer"],
  exclusiveMaximum: ["number", "integer"],
  multipleOf: ["number", "integer"],
  items: ["array"],
  minItems: ["array"],
  maxItems: ["array"],
  uniqueItems: ["array"],
  properties: ["object"],
  required: ["object"],
  additionalProperties: ["object"],
  propertyNames: ["object"],
  minProperties: ["object"],
  maxProperties: ["object"],
};

/** The keywords that have no counterpart in Go. */
const unmapped: Readonly<Record<string, string>> = {
  prefixItems: "a tuple",
  additionalItems: "a tuple",
  contains: "a list that must contain something",
  not: "a negation",
  if: "a condition",
  dependentSchemas: "fields that depend on others",
  dependentRequired: "fields that depend on others",
  dependencies: "fields that depend on others",
  patternProperties: "fields by a pattern",
  unevaluatedProperties: "a rule for all other fields",
  unevaluatedItems: "a rule for all other items",
  $dynamicRef: "a dynamic reference",
};

/** @throws SocketError `usage` for what has no counterpart in Go. */
export function requireMapped(schema: JSONSchema, where: string): void {
  for (const [keyword, what] of Object.entries(unmapped)) {
    if (schema[keyword] !== undefined && !(keyword.startsWith("unevaluated") && schema[keyword] === true)) {
      throw usage(`${where}: ${what} (${keyword}) has no type in Go; describe it as an object, a list or a record.`);
    }
  }
}

/** The type that a schema names, or that its keywords are about; `undefined` where anything fits. */
export function typeOf(schema: JSONSchema): JSONType | undefined {
  if (typeof schema.type === "string") return schema.type as JSONType;
  const types = Object.entries(checked).flatMap(([keyword, [type]]) => (schema[keyword] === undefined ? [] : [type]));
  return types[0] ?? (schema.format === undefined ? undefined : "string");
}

/** A schema with several types as a choice between schemas with one. */
export function choices(schema: JSONSchema): readonly JSONSchema[] | undefined {
  if (!Array.isArray(schema.type) || schema.enum || schema.const !== undefined) return undefined;
  const types = schema.type as readonly JSONType[];
  return types.map((type) => ({ ...Object.fromEntries(Object.entries(schema).filter(([keyword]) => concerns(keyword, type))), type }));
}

function concerns(keyword: string, type: JSONType): boolean {
  return checked[keyword]?.includes(type) ?? !["description", "title", "default", "examples"].includes(keyword);
}

/** A schema without what only explains it. */
export function bare(schema: JSONSchema): JSONSchema {
  const kept = ["$ref", "type", "const", "enum", "anyOf", "oneOf", "allOf", "format", ...Object.keys(checked), ...Object.keys(unmapped)];
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => kept.includes(keyword)));
}

/**
 * Two schemas that must both hold, as one.
 *
 * @throws SocketError `usage` where that is no single schema.
 */
export function both(one: JSONSchema, other: JSONSchema, where: string): JSONSchema {
  const merged: Record<string, unknown> = { ...one };
  for (const [keyword, value] of Object.entries(other)) {
    const before = merged[keyword];
    merged[keyword] =
      before === undefined || JSON.stringify(before) === JSON.stringify(value) ? value : joined(keyword, before, value, where);
  }
  return merged;
}

function joined(keyword: string, one: unknown, other: unknown, where: string): unknown {
  switch (keyword) {
    case "minimum":
    case "exclusiveMinimum":
    case "minLength":
    case "minItems":
    case "minProperties":
      return Math.max(one as number, other as number);
    case "maximum":
    case "exclusiveMaximum":
    case "maxLength":
    case "maxItems":
    case "maxProperties":
      return Math.min(one as number, other as number);
    case "required":
      return [...new Set([...(one as string[]), ...(other as string[])])];
    case "properties": {
      const [left, right] = [one, other] as [Record<string, JSONSchema>, Record<string, JSONSchema>];
      const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
      return Object.fromEntries(
        names.map((name) => [
          name,
          left[name] && right[name] ? both(left[name], right[name], `${where}.${name}`) : (left[name] ?? right[name]),
        ]),
      );
    }
    case "type":
      if ([one, other].every((type) => type === "integer" || type === "number")) return "integer";
      break;
    case "pattern":
      // `patternsOf` reads it.
      return [one, other].flat();
    case "enum":
      return (one as unknown[]).filter((value) => (other as unknown[]).includes(value));
    case "additionalProperties":
      if (isSchema(one) && Object.keys(one).length === 0) return other;
      if (isSchema(other) && Object.keys(other).length === 0) return one;
      break;
    case "description":
    case "title":
    case "default":
    case "examples":
      return one;
  }
  throw usage(`${where}: two rules for ${keyword} hold at once, which has no type in Go; write them as one.`);
}

/** The patterns of a schema, which may be several after {@link both}. */
export function patternsOf(schema: JSONSchema): readonly string[] {
  return schema.pattern === undefined ? [] : [schema.pattern as string | readonly string[]].flat();
}
