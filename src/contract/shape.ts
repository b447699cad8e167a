import type { GoPattern } from "./pattern";

/** What a value must keep to. */
export interface Limits {
  readonly patterns?: readonly { readonly pattern: GoPattern; readonly what: string }[];
  readonly minLength?: number;
  readonly maxLength?: number;
  /** The format that Go checks by itself, because there is no pattern. */
  readonly format?: Format;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** The only values that it may be. */
  readonly values?: readonly (string | number | boolean)[];
}

/** The formats that Go checks without a pattern. */
export const formats = ["date", "email", "ipv4", "ipv6", "time", "uri", "uuid"] as const;

/** One of {@link formats}. */
export type Format = (typeof formats)[number];

/** A type of Go without a name, or the name of a declaration. */
export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "null" }
  | { readonly kind: "boolean" | "integer" | "number" | "string" | "time"; readonly limits: Limits }
  | { readonly kind: "list"; readonly items: Shape; readonly limits: Limits }
  | { readonly kind: "map"; readonly values: Shape; readonly keys: Limits; readonly required: readonly string[]; readonly limits: Limits }
  | { readonly kind: "nullable"; readonly of: Shape }
  | { readonly kind: "named"; readonly name: string };

/** A field of a struct. */
export interface Field {
  /** Its name in JSON. */
  readonly key: string;
  readonly name: string;
  readonly doc: Doc;
  readonly shape: Shape;
  readonly optional: boolean;
}

/** What people read about a type or field. */
export interface Doc {
  readonly description?: string;
  readonly deprecated?: boolean;
  /** As JSON. */
  readonly default?: string;
}

/** A field that always has the same value, and so is none of the struct. */
export interface Constant {
  readonly key: string;
  readonly name: string;
  readonly value: string | number | boolean;
}

/** One of the types of a union. */
export interface Variant {
  readonly name: string;
  readonly shape: Shape;
  /** The value of the union's tag. */
  readonly tag?: string;
}

/** A type with a name. */
export type Declaration = { readonly name: string; readonly doc: Doc } & (
  | { readonly kind: "struct"; readonly fields: readonly Field[]; readonly constants: readonly Constant[]; readonly closed: boolean }
  | { readonly kind: "enum"; readonly values: readonly { readonly name: string; readonly value: string }[] }
  | { readonly kind: "union"; readonly tag?: string; readonly exact: boolean; readonly variants: readonly Variant[] }
  | { readonly kind: "defined"; readonly shape: Shape }
);

/** Whether a value of a shape may be wrong although Go could read it. */
export function hasLimits(shape: Shape): boolean {
  if (shape.kind === "named") return true;
  if (shape.kind === "nullable") return hasLimits(shape.of);
  if (shape.kind === "any" || shape.kind === "null") return false;
  if (isLimited(shape.limits)) return true;
  if (shape.kind === "map") return isLimited(shape.keys) || shape.required.length > 0 || hasLimits(shape.values);
  return shape.kind === "list" && hasLimits(shape.items);
}

/** Whether there is any limit. */
export function isLimited(limits: Limits): boolean {
  return Object.values(limits).some((limit) => limit !== undefined && limit !== false);
}
