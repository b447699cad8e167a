import { type Command, commandsOf, type ContractDocument, type Definition, definitionOf } from "./document";
import { bare, both, choices, patternsOf } from "./keywords";
import { type Direction, isSchema, type JSONSchema } from "./reader";

/** A difference between two documents of one protocol. */
export interface Change {
  /** The command, and the path within its param. */
  readonly where: string;
  /** What is different, as the end of a sentence about it. */
  readonly what: string;
  /**
   * The new client and the server in use do not understand each other. It does no harm where the new server is deployed first.
   */
  readonly breaksServer: boolean;
  /** The new server and the clients in use do not understand each other. No order of deployment helps. */
  readonly breaksClients: boolean;
  /** The new client refuses what the server in use sends, or the other way round. What is only no longer sent is not refused. */
  readonly isMismatch: boolean;
}

/** What a change means for the values that are allowed. */
type Move = "wider" | "narrower" | "other" | "none";

/**
 * The differences between a document that is in use and a new one.
 *
 * A reader that allows less refuses what a writer in use sends. A writer that may send more is refused by a reader in use. The client
 * writes outbound commands and reads inbound ones; the server does the opposite. Fields that a reader does not know do no harm.
 */
export function changesBetween(used: ContractDocument, next: ContractDocument): Change[] {
  const before = new Map(commandsOf(used).map((command) => [command.name, command]));
  const after = new Map(commandsOf(next).map((command) => [command.name, command]));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (!old) return [added(now!)];
    if (!now) return [removed(old)];
    return new Comparison(used, next, now.direction).of(old.definition, now.definition, `${now.direction} ${now.cmd}`);
  });
}

function added({ direction, cmd }: Command): Change {
  const isOutbound = direction === "outbound";
  return { where: `${direction} ${cmd}`, what: "is a new command", breaksServer: isOutbound, breaksClients: false, isMismatch: isOutbound };
}

function removed({ direction, cmd }: Command): Change {
  return { where: `${direction} ${cmd}`, what: "was removed", breaksServer: false, breaksClients: true, isMismatch: false };
}

/** Compares the definitions of one command. */
class Comparison {
  readonly #used: ContractDocument;
  readonly #next: ContractDocument;
  readonly #direction: Direction;
  readonly #changes: Change[] = [];
  /** Pairs of references that are compared, since schemas may contain themselves. */
  readonly #met = new Set<string>();

  constructor(used: ContractDocument, next: ContractDocument, direction: Direction) {
    this.#used = used;
    this.#next = next;
    this.#direction = direction;
  }

  of(used: Definition, next: Definition, where: string): Change[] {
    this.#rules(used, next, where);
    this.#compare(used, next, where);
    return this.#changes;
  }

  #report(where: string, what: string, move: Move, isRefused = true): void {
    const isOutbound = this.#direction === "outbound";
    const isNarrower = move === "narrower" || move === "other";
    const isWider = move === "wider" || move === "other";
    const breaksServer = isOutbound ? isWider : isNarrower;
    this.#changes.push({
      where,
      what,
      breaksServer,
      breaksClients: isOutbound ? isNarrower : isWider,
      isMismatch: breaksServer && isRefused,
    });
  }

  /** What the protocol says about a command beside its param. */
  #rules(used: Definition, next: Definition, where: string): void {
    const [oldReply, reply] = [used["x-reply"], next["x-reply"]];
    if (oldReply !== reply) {
      // Clients in use wait for the old reply, and new ones for the new reply.
      const what = `${naming(reply, "is replied to with")}, ${naming(oldReply, "was replied to with")}`;
      this.#changes.push({
        where,
        what,
        breaksServer: reply !== undefined,
        breaksClients: oldReply !== undefined,
        isMismatch: reply !== undefined,
      });
    }
    const [oldDelivery, delivery] = [used["x-delivery"] ?? "queue", next["x-delivery"] ?? "queue"];
    if (oldDelivery !== delivery) this.#report(where, `has the delivery ${delivery}, had ${oldDelivery}`, "none");
  }

  #compare(used: JSONSchema, next: JSONSchema, where: string): void {
    const pair = `${used.$ref} ${next.$ref}`;
    if (used.$ref !== undefined && next.$ref !== undefined) {
      if (this.#met.has(pair)) return;
      this.#met.add(pair);
    }
    const [old, now] = [whole(used, this.#used), whole(next, this.#next)];
    this.#explanations(old, now, where);
    if (same(bare(old), bare(now)) && !hasRefs(old) && !hasRefs(now)) return;
    const [oldVariants, variants] = [variantsOf(old), variantsOf(now)];
    if (oldVariants.length > 1 || variants.length > 1) this.#choice(oldVariants, variants, where);
    else if (kindOf(oldVariants[0]!) !== kindOf(variants[0]!)) this.#kind(oldVariants[0]!, variants[0]!, where);
    else this.#details(whole(oldVariants[0]!, this.#used), whole(variants[0]!, this.#next), where);
  }

  /** What only explains a schema goes into comments. */
  #explanations(used: JSONSchema, next: JSONSchema, where: string): void {
    for (const keyword of ["description", "default", "deprecated"]) {
      if (!same(used[keyword], next[keyword])) this.#report(where, `has another ${keyword}`, "none");
    }
  }

  #kind(used: JSONSchema, next: JSONSchema, where: string): void {
    const [old, now] = [kindOf(used), kindOf(next)];
    const move = old === "integer" && now === "number" ? "wider" : old === "number" && now === "integer" ? "narrower" : "other";
    const isAny = old === "any" ? "narrower" : now === "any" ? "wider" : move;
    this.#report(where, `is ${article(now)}, was ${article(old)}`, isAny);
  }

  /** The same kind of value with other rules. */
  #details(used: JSONSchema, next: JSONSchema, where: string): void {
    const [oldValues, values] = [valuesOf(used), valuesOf(next)];
    if (oldValues || values) this.#values(oldValues, values, where);
    this.#bounds(used, next, where);
    for (const keyword of ["pattern", "format", "multipleOf", "uniqueItems"]) {
      const [old, now] = [used[keyword], next[keyword]].map((value) => (value === false ? undefined : value));
      if (!same(old, now)) this.#report(where, changed(keyword, old, now), moveOf(old, now));
    }
    if (used.properties || next.properties) this.#fields(used, next, where);
    const [oldOthers, others] = [used, next].map(({ additionalProperties = true }) => additionalProperties);
    if (oldOthers !== others) this.#inner("additionalProperties", oldOthers!, others!, `${where}[]`, where);
    this.#inner("items", used.items ?? true, next.items ?? true, `${where}[]`, where);
    this.#inner("propertyNames", used.propertyNames ?? true, next.propertyNames ?? true, `${where} (names)`, where);
    for (const keyword of ["prefixItems", "not", "if", "then", "else", "patternProperties", "dependentRequired", "contains"]) {
      if (!same(used[keyword], next[keyword])) this.#report(where, `has another rule ${keyword}`, "other");
    }
  }

  #inner(keyword: string, used: boolean | JSONSchema, next: boolean | JSONSchema, path: string, where: string): void {
    if (isSchema(used) && isSchema(next)) this.#compare(used, next, path);
    else if (next === false) this.#report(where, `allows no other ${keyword === "items" ? "items" : "fields"}`, "narrower");
    else if (used === false) this.#report(where, `allows other ${keyword === "items" ? "items" : "fields"}`, "wider");
    else if (used !== next) this.#compare(used === true ? {} : used, next === true ? {} : next, path);
  }

  #values(used: readonly unknown[] | undefined, next: readonly unknown[] | undefined, where: string): void {
    if (!used || !next) {
      this.#report(where, next ? `may only be ${list(next)}` : "may be any value", next ? "narrower" : "wider");
      return;
    }
    const [gone, fresh] = [without(used, next), without(next, used)];
    if (gone.length > 0) this.#report(where, `may no longer be ${list(gone)}`, "narrower");
    if (fresh.length > 0) this.#report(where, `may also be ${list(fresh)}`, "wider");
  }

  #bounds(used: JSONSchema, next: JSONSchema, where: string): void {
    for (const keyword of ["minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum"]) {
      // No minimum and a length of 0 are the same.
      const [old, now] = [used[keyword], next[keyword]].map((value) => (keyword.includes("inimum") ? value : value || undefined)) as (
        | number
        | undefined
      )[];
      if (old !== now) this.#report(where, changed(keyword, old, now), (now ?? -Infinity) > (old ?? -Infinity) ? "narrower" : "wider");
    }
    for (const keyword of ["maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"]) {
      const [old, now] = [used[keyword], next[keyword]] as (number | undefined)[];
      if (old !== now) this.#report(where, changed(keyword, old, now), (now ?? Infinity) < (old ?? Infinity) ? "narrower" : "wider");
    }
  }

  #fields(used: JSONSchema, next: JSONSchema, where: string): void {
    const [oldFields, fields] = [used.properties ?? {}, next.properties ?? {}];
    for (const name of new Set([...Object.keys(oldFields), ...Object.keys(fields)])) {
      const path = `${where}.${name}`;
      const [old, now] = [oldFields[name], fields[name]];
      const [wasRequired, isRequired] = [used.required?.includes(name) ?? false, next.required?.includes(name) ?? false];
      if (!old) this.#report(path, `is a new ${isRequired ? "required" : "optional"} field`, isRequired ? "narrower" : "none");
      // A reader in use gets it no longer, required or not.
      else if (!now) this.#report(path, "was removed", "wider", wasRequired);
      else {
        if (wasRequired !== isRequired)
          this.#report(path, isRequired ? "is required, was optional" : "is optional, was required", isRequired ? "narrower" : "wider");
        this.#compare(old, now, path);
      }
    }
  }

  /** Choices are paired by what they are, and those that remain are new or gone. */
  #choice(used: readonly JSONSchema[], next: readonly JSONSchema[], where: string): void {
    const open = [...next];
    for (const old of used) {
      const [oldWhole, index] = [whole(old, this.#used), this.#partner(old, open)];
      const [now] = index < 0 ? [] : open.splice(index, 1);
      if (!now) this.#report(where, `may no longer be ${this.#label(oldWhole)}`, "narrower");
      else if (kindOf(oldWhole) !== "null")
        this.#compare(old, now, kindOf(oldWhole) === "object" ? `${where} (${this.#label(oldWhole)})` : where);
    }
    for (const fresh of open) this.#report(where, `may also be ${this.#label(whole(fresh, this.#next))}`, "wider");
  }

  #partner(old: JSONSchema, candidates: readonly JSONSchema[]): number {
    const label = this.#label(whole(old, this.#used));
    const labels = candidates.map((candidate) => this.#label(whole(candidate, this.#next)));
    const equal = candidates.findIndex((candidate) => same(whole(candidate, this.#next), whole(old, this.#used)));
    return equal < 0 ? labels.indexOf(label) : equal;
  }

  /** What a choice is called: an object by its constants. */
  #label(schema: JSONSchema): string {
    const constants = Object.entries(schema.properties ?? {}).flatMap(([name, { const: only }]) =>
      only === undefined ? [] : [`${name} ${JSON.stringify(only)}`],
    );
    return constants.length > 0 ? `an object with ${constants.join(" and ")}` : article(kindOf(schema));
  }
}

/** A schema with what it refers to and all that must hold. */
function whole(schema: JSONSchema, document: ContractDocument): JSONSchema {
  const { $ref, allOf = [], ...rest } = schema;
  if ($ref === undefined && allOf.length === 0) return schema;
  const parts = [...($ref === undefined ? [] : [definitionOf(document, $ref).definition]), ...allOf].map((part) => whole(part, document));
  return parts.reduce<JSONSchema>((one, other) => both(one, other, "the contract"), rest);
}

/** The choices of a schema; itself if there are none. */
function variantsOf(schema: JSONSchema): readonly JSONSchema[] {
  const { anyOf, oneOf, description, title, default: _, ...rest } = schema;
  const variants = anyOf ?? oneOf ?? choices(rest);
  if (!variants) return withoutNull(schema);
  const besides = anyOf || oneOf ? bare(rest) : {};
  return variants.flatMap((variant) => variantsOf(Object.keys(besides).length > 0 ? both(variant, besides, "the contract") : variant));
}

/** Values among which is null, as a choice. */
function withoutNull(schema: JSONSchema): readonly JSONSchema[] {
  if (!schema.enum?.includes(null) || schema.enum.length === 1) return [schema];
  return [{ ...schema, enum: schema.enum.filter((value) => value !== null) }, { type: "null" }];
}

function valuesOf({ const: only, enum: values, type }: JSONSchema): readonly unknown[] | undefined {
  if (type === "boolean" && values?.length === 2) return undefined;
  return only === undefined ? values : [only];
}

function kindOf(schema: JSONSchema): string {
  const { type, const: only, enum: values = only === undefined ? undefined : [only], properties, items, format } = schema;
  if (typeof type === "string") return type;
  if (values)
    return values.every((value) => value === null)
      ? "null"
      : values.every((value) => typeof value === "number" && Number.isInteger(value))
        ? "integer"
        : typeof values[0];
  if (properties || schema.required || isSchema(schema.additionalProperties)) return "object";
  if (items) return "array";
  return format !== undefined || patternsOf(schema).length > 0 || schema["minLength"] !== undefined ? "string" : "any";
}

function hasRefs(schema: JSONSchema): boolean {
  return JSON.stringify(schema).includes(`"$ref":`);
}

function moveOf(used: unknown, next: unknown): Move {
  if (used === undefined) return "narrower";
  return next === undefined ? "wider" : "other";
}

function changed(keyword: string, used: unknown, next: unknown): string {
  if (used === undefined) return `has ${keyword} ${JSON.stringify(next)}, had none`;
  return next === undefined
    ? `has no ${keyword}, had ${JSON.stringify(used)}`
    : `has ${keyword} ${JSON.stringify(next)}, had ${JSON.stringify(used)}`;
}

function naming(reply: string | undefined, verb: string): string {
  return reply === undefined ? `${verb.replace(/ with$/, "")} by nothing` : `${verb} ${reply}`;
}

function article(kind: string): string {
  if (kind === "any" || kind === "null") return kind === "any" ? "any value" : "null";
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

function list(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(" or ");
}

function without(values: readonly unknown[], others: readonly unknown[]): unknown[] {
  return values.filter((value) => !others.some((other) => same(value, other)));
}

/** Whether two values are the same in JSON, whatever the order of their fields. */
function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (key, each: unknown) => {
      if (key === "required" && Array.isArray(each)) return [...each].sort();
      return isSchema(each) ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1))) : each;
    }) ?? ""
  );
}
