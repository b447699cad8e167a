import fc from "fast-check";
import * as z from "zod";

// Random protocols, each schema with values that fit it.

/** A schema, and what makes values that it takes. */
export interface Sample {
  readonly schema: z.ZodType;
  readonly values: fc.Arbitrary<unknown>;
}

/** One command of a protocol. */
export interface SampleCommand {
  readonly cmd: string;
  readonly sample: Sample;
}

/** A random protocol. */
export interface SampleProtocol {
  readonly outbound: readonly SampleCommand[];
  readonly inbound: readonly SampleCommand[];
}

// Names that Go must change, or that clash with each other or with what a file has.
const keys = [
  "item",
  "i",
  "id",
  "userID",
  "user_id",
  "text",
  "html",
  "2fa",
  "online-update",
  "名前",
  "type",
  "-",
  "a.b",
  "é",
  "Validate",
  "connIDs",
  "$",
  "plain",
  "fields",
  "err",
];
const commands = ["items", "chat", "join-room", "send", "dispatch", "handler", "ping", "type", "2x", "Message", "名前", "userIDs", "a/b~c"];

const text = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom("a", "Z", "0", " ", "é", "ß", "漢", "😀", "\n", '"', "<", "\u2028"), minLength: min, maxLength: max });

/** Texts of a length that JavaScript counts. */
const sized = (min: number, max: number) =>
  text(min, max).map((value) =>
    [...value].reduce((kept, each) => (kept.length + each.length <= max ? kept + each : kept), "").padEnd(min, "x"),
  );

const strings: fc.Arbitrary<Sample> = fc.oneof(
  fc.constant({ schema: z.string(), values: text(0, 8) }),
  fc
    .tuple(fc.nat(3), fc.integer({ min: 3, max: 9 }))
    .map(([min, max]) => ({ schema: z.string().min(min).max(max).describe("- A text. # With marks"), values: sized(min, max) })),
  fc.constant({ schema: z.string().regex(/^[a-c]{1,3}\d?$/), values: fc.stringMatching(/^[a-c]{1,3}\d?$/) }),
  fc.constant({
    schema: z.string().regex(/^(?=.*\d)(?!.*x)[\w\s.]{2,}$/u),
    values: fc.constantFrom("a1", "b22 c", "_9.\u00a0", "1\ufeff"),
  }),
  fc.constant({
    schema: z.iso.datetime({ offset: true }),
    values: fc.constantFrom("2026-01-31T12:00:00Z", "2024-02-29T23:59:59.120Z", "2026-06-01T00:00:00.000001+02:00"),
  }),
  fc.constant({
    schema: z.iso.datetime(),
    values: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
  }),
  fc.constant({
    schema: z.iso.datetime({ precision: 3 }),
    values: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
  }),
  fc.constant({ schema: z.iso.date(), values: fc.constantFrom("2026-01-31", "2024-02-29") }),
  fc.constant({ schema: z.iso.time(), values: fc.constantFrom("12:00", "23:59:59.5") }),
  fc.constant({ schema: z.uuid(), values: fc.uuid() }),
  fc.constant({ schema: z.email(), values: fc.constantFrom("ann@example.com", "a.b+c@sub.example.org") }),
  fc.constant({ schema: z.ipv4(), values: fc.ipV4() }),
);

const numbers: fc.Arbitrary<Sample> = fc.oneof(
  fc.constant({ schema: z.number(), values: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
  fc.constant({ schema: z.number().min(-1.5).max(1e6), values: fc.double({ min: -1.5, max: 1e6, noNaN: true }) }),
  fc.constant({ schema: z.number().gt(0).lt(1), values: fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }) }),
  fc.constant({
    schema: z.number().multipleOf(0.1),
    values: fc.integer({ min: -50, max: 50 }).map((tenths) => Number((tenths / 10).toFixed(1))),
  }),
  fc.constant({ schema: z.int(), values: fc.maxSafeInteger() }),
  fc.constant({ schema: z.int32().multipleOf(3), values: fc.integer({ min: -999, max: 999 }).map((thirds) => thirds * 3) }),
  fc.constant({ schema: z.int().min(0).max(8.64e15), values: fc.maxSafeNat().map((value) => Math.min(value, 8.64e15)) }),
);

const others: fc.Arbitrary<Sample> = fc.oneof(
  fc.constant({ schema: z.boolean(), values: fc.boolean() }),
  fc.constant({ schema: z.literal(true), values: fc.constant(true) }),
  fc.constant({ schema: z.literal("only"), values: fc.constant("only") }),
  fc.constant({ schema: z.literal([1, 2.5]), values: fc.constantFrom(1, 2.5) }),
  fc.constant({ schema: z.enum(["cut", "stall-it", "2nd", ""]), values: fc.constantFrom("cut", "stall-it", "2nd", "") }),
  fc.constant({ schema: z.unknown(), values: fc.jsonValue({ maxDepth: 1 }) }),
);

const scalars = fc.oneof(strings, numbers, others);

type Kinds = { readonly any: Sample; readonly object: Sample };

const { any, object } = fc.letrec<Kinds>((tie) => ({
  object: fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 5 }),
      fc.array(fc.tuple(tie("any"), fc.constantFrom("required", "required", "optional", "nullish", "default")), {
        minLength: 5,
        maxLength: 5,
      }),
      fc.boolean(),
    )
    .map(([names, parts, strict]) => objectOf(names, parts as [Sample, string][], strict)),
  any: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    { weight: 5, arbitrary: scalars },
    { weight: 2, arbitrary: tie("object") },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie("any"), fc.nat(1), fc.integer({ min: 2, max: 3 }))
        .map(([each, min, max]) => listOf(each as Sample, min, max)),
    },
    {
      weight: 1,
      arbitrary: (tie("any") as fc.Arbitrary<Sample>).map(({ schema, values }) => ({
        schema: z.record(z.string(), schema),
        values: fc.dictionary(fc.constantFrom(...keys), values, { maxKeys: 3 }),
      })),
    },
    { weight: 1, arbitrary: (tie("any") as fc.Arbitrary<Sample>).map(pairOf) },
    {
      weight: 1,
      arbitrary: (tie("any") as fc.Arbitrary<Sample>).map(({ schema, values }) => ({
        schema: schema.nullable(),
        values: fc.oneof(values, fc.constant(null)),
      })),
    },
    { weight: 1, arbitrary: fc.tuple(tie("object"), tie("object")).map(([one, other]) => taggedOf(one as Sample, other as Sample)) },
    { weight: 1, arbitrary: fc.tuple(strings, numbers, tie("object")).map((each) => unionOf(each as Sample[])) },
    { weight: 1, arbitrary: fc.constant(treeOf()) },
  ),
}));

/** A record with two names. A value that may be anything may be nothing to zod, but not in its JSON Schema. */
function pairOf({ schema, values }: Sample): Sample {
  const names = z.enum(["x", "y"]);
  const record = schema.safeParse(undefined).success ? z.record(z.string(), schema) : z.record(names, schema);
  return { schema: record, values: fc.record({ x: values, y: values }) };
}

function objectOf(names: readonly string[], parts: readonly [Sample, string][], strict: boolean): Sample {
  const shape: Record<string, z.ZodType> = {};
  const required: Record<string, fc.Arbitrary<unknown>> = {};
  const optional: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [index, name] of names.entries()) {
    const [{ schema, values }, wanted] = parts[index]!;
    const kind = schema.safeParse(undefined).success ? "optional" : wanted;
    if (kind === "required" || kind === "default") {
      shape[name] = schema;
      required[name] = values;
    } else {
      shape[name] = kind === "optional" ? schema.optional() : schema.nullish();
      optional[name] = kind === "optional" ? values : fc.oneof(values, fc.constant(null));
    }
  }
  return {
    schema: strict ? z.strictObject(shape) : z.object(shape),
    values: fc.tuple(fc.record(required), fc.record(optional, { requiredKeys: [] })).map(([one, other]) => ({ ...one, ...other })),
  };
}

function listOf({ schema, values }: Sample, min: number, max: number): Sample {
  return { schema: z.array(schema).min(min).max(max), values: fc.array(values, { minLength: min, maxLength: max }) };
}

/** Objects that a field tells apart. */
function taggedOf(one: Sample, other: Sample): Sample {
  const extended = (sample: Sample, kind: string) => ({
    schema: (sample.schema as z.ZodObject).extend({ kind: z.literal(kind) }),
    values: sample.values.map((value) => ({ ...(value as object), kind })),
  });
  const [left, right] = [extended(one, "left-one"), extended(other, "right")];
  return { schema: z.discriminatedUnion("kind", [left.schema, right.schema]), values: fc.oneof(left.values, right.values) };
}

function unionOf(samples: readonly Sample[]): Sample {
  return { schema: z.union(samples.map(({ schema }) => schema)), values: fc.oneof(...samples.map(({ values }) => values)) };
}

/** A schema that contains itself. */
function treeOf(): Sample {
  const tree: z.ZodType = z.object({
    value: z.number(),
    get next() {
      return tree.optional();
    },
    get children() {
      return z.array(tree).optional();
    },
  });
  const leaf = { value: 1 };
  return {
    schema: tree,
    values: fc.constantFrom<unknown>(leaf, { value: 2, next: leaf }, { value: 3, children: [leaf, { value: 4, children: [] }] }),
  };
}

const side: fc.Arbitrary<readonly SampleCommand[]> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...commands), { minLength: 1, maxLength: 3 }),
    fc.array(fc.oneof(object, object, any), { minLength: 3, maxLength: 3 }),
  )
  .map(([names, samples]) => names.map((cmd, index) => ({ cmd, sample: samples[index]! })));

/** Random protocols. */
export const protocols: fc.Arbitrary<SampleProtocol> = fc.record({ outbound: side, inbound: side });

/** A value with one thing changed, which its schema may refuse. */
export function broken(value: unknown): fc.Arbitrary<unknown> {
  const wrong = fc.constantFrom<unknown>(
    null,
    "",
    "x",
    "2026-01-31T12:00:00",
    0,
    -1,
    1.5,
    1e300,
    true,
    [],
    [null],
    {},
    { kind: "right" },
    { more: 1 },
  );
  if (Array.isArray(value) && value.length > 0) {
    const at = fc.nat(value.length - 1);
    return fc.oneof(
      wrong,
      at.map((index) => value.filter((_, each) => each !== index)),
      at.chain((index) => broken(value[index]).map((changed) => value.map((each: unknown, other) => (other === index ? changed : each)))),
      fc.constant([...value, ...value, ...value]),
    );
  }
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    const name = fc.constantFrom(...Object.keys(value));
    return fc.oneof(
      { weight: 1, arbitrary: wrong },
      { weight: 3, arbitrary: name.map((key) => Object.fromEntries(Object.entries(value).filter(([each]) => each !== key))) },
      {
        weight: 6,
        arbitrary: name.chain((key) => broken((value as Record<string, unknown>)[key]).map((changed) => ({ ...value, [key]: changed }))),
      },
      { weight: 1, arbitrary: fc.constant({ ...value, more: 1 }) },
    );
  }
  if (typeof value === "string")
    return fc.oneof(wrong, fc.constantFrom(`${value}x`, value.slice(1), `${value} `, value.toUpperCase(), "x".repeat(12)));
  if (typeof value === "number") return fc.oneof(wrong, fc.constantFrom(value + 0.5, -value - 1, value * 1e6));
  return wrong;
}
