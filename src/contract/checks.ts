import { unexported } from "./names";
import { formats, hasLimits, isLimited, type Limits, type Shape } from "./shape";
import type { Support } from "./support";

// The statements of Validate.

/** Where a value is, for an error of Go: a format and its arguments. */
interface Path {
  readonly format: string;
  readonly args: readonly string[];
}

/** Writes a text as Go does: raw where that needs no escapes. */
export function quoted(text: string): string {
  if (/["\\]/.test(text) && /^[\x20-\x7e]*$/.test(text) && !text.includes("`")) return `\`${text}\``;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Writes a value as Go does. */
export function literal(value: string | number | boolean): string {
  return typeof value === "string" ? quoted(value) : String(value);
}

/** Writes the checks of a file, and collects the expressions that they need. */
export class Checks {
  readonly #support: Support;
  /** The names of expressions, by their text. */
  readonly expressions = new Map<string, string>();
  readonly #names = new Set<string>();

  constructor(support: Support) {
    this.#support = support;
  }

  /**
   * The statements that check a value.
   *
   * @param value an expression of Go
   * @param key the field that it is; none for the value of a type itself
   * @param owner the name of the type, by which expressions get their names
   */
  of(shape: Shape, value: string, key: string, owner: string): string[] {
    return this.#check(shape, value, { format: key.replace(/%/g, "%%"), args: [] }, owner, 0);
  }

  /** @param isSet whether the value is known not to be nil */
  #check(shape: Shape, value: string, path: Path, owner: string, depth: number, isSet = depth === 0): string[] {
    const set = isSet ? [] : this.#notNil(shape, value, path);
    if (!hasLimits(shape)) return set;
    switch (shape.kind) {
      case "named":
        return [`if err := ${value}.Validate(); err != nil {`, `\treturn ${this.#wrap(path)}`, "}"];
      case "nullable": {
        const inner = isList(shape.of) ? value : pointed(shape.of, value);
        const body = this.#check(shape.of, inner, path, owner, depth, true);
        return [`if ${value} != nil {`, ...indented(body), "}"];
      }
      case "list":
        return [
          ...set,
          ...this.#limits(shape.limits, value, path, owner, "items"),
          ...this.#each(shape.items, value, path, owner, depth, { format: "[%d]", name: "i" }),
        ];
      case "map":
        return [
          ...set,
          ...this.#limits(shape.limits, value, path, owner, "fields"),
          ...this.#keys(shape, value, path, owner, depth),
          ...this.#each(shape.values, value, path, owner, depth, { format: " a value" }),
        ];
      case "time":
        this.#support.use("time");
        return this.#limits(shape.limits, `${value}.Format(time.RFC3339Nano)`, path, owner, "characters");
      case "string":
      case "integer":
      case "number":
      case "boolean":
        return this.#limits(shape.limits, value, path, owner, "characters");
      default:
        return [];
    }
  }

  /** A list in a list that is nil would be written as null. */
  #notNil(shape: Shape, value: string, path: Path): string[] {
    return isList(shape) ? this.#refuse(`${value} == nil`, path, "must not be nil") : [];
  }

  #each(shape: Shape, value: string, path: Path, owner: string, depth: number, item: { format: string; name?: string }): string[] {
    const variable = depth === 0 ? "item" : `item${depth + 1}`;
    const index = item.name === undefined ? "_" : depth === 0 ? item.name : `${item.name}${depth + 1}`;
    const inner = {
      format: item.name === undefined && path.format ? `${path.format}:${item.format}` : `${path.format}${item.format.trimStart()}`,
      args: item.name === undefined ? path.args : [...path.args, index],
    };
    const body = this.#check(shape, variable, inner, owner, depth + 1);
    return body.length > 0 ? [`for ${index}, ${variable} := range ${value} {`, ...indented(body), "}"] : [];
  }

  #keys({ keys, required }: Extract<Shape, { kind: "map" }>, value: string, path: Path, owner: string, depth: number): string[] {
    const key = depth === 0 ? "key" : `key${depth + 1}`;
    const prefix = path.format ? `${path.format}: ` : "";
    const body = isLimited(keys) ? this.#limits(keys, key, { ...path, format: `${prefix}a name` }, owner, "characters") : [];
    return [
      ...(body.length > 0 ? [`for ${key} := range ${value} {`, ...indented(body), "}"] : []),
      ...required.flatMap((name) => [
        `if _, ok := ${value}[${quoted(name)}]; !ok {`,
        `\treturn ${this.#error({ ...path, format: `${prefix}${name.replace(/%/g, "%%")}` }, "is missing")}`,
        "}",
      ]),
    ];
  }

  #limits(limits: Limits, value: string, path: Path, owner: string, unit: "characters" | "items" | "fields"): string[] {
    const { minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, values } = limits;
    const { minItems, maxItems, uniqueItems, minProperties, maxProperties, patterns = [], format } = limits;
    const least = minLength ?? minItems ?? minProperties;
    const most = maxLength ?? maxItems ?? maxProperties;
    const counted = (count: number) => `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
    const length = () => (unit === "characters" ? this.#count(value) : `len(${value})`);
    return [
      ...(values ? this.#oneOf(values, value, path) : []),
      ...(least ? this.#refuse(`${length()} < ${least}`, path, `must have at least ${counted(least)}`) : []),
      ...(most !== undefined ? this.#refuse(`${length()} > ${most}`, path, `must have at most ${counted(most)}`) : []),
      ...(minimum !== undefined ? this.#refuse(`${value} < ${minimum}`, path, `must be at least ${minimum}`) : []),
      ...(maximum !== undefined ? this.#refuse(`${value} > ${maximum}`, path, `must be at most ${maximum}`) : []),
      ...(exclusiveMinimum !== undefined
        ? this.#refuse(`${value} <= ${exclusiveMinimum}`, path, `must be more than ${exclusiveMinimum}`)
        : []),
      ...(exclusiveMaximum !== undefined
        ? this.#refuse(`${value} >= ${exclusiveMaximum}`, path, `must be less than ${exclusiveMaximum}`)
        : []),
      ...(multipleOf !== undefined
        ? this.#refuse(
            `!${this.#support.call("isMultiple", `float64(${value})`, String(multipleOf))}`,
            path,
            `must be a multiple of ${multipleOf}`,
          )
        : []),
      ...(uniqueItems ? this.#refuse(`!${this.#support.call("isUnique", value)}`, path, "must not have an item twice") : []),
      ...patterns.flatMap(({ pattern, what }) => {
        const wanted = what ? `must be a valid ${what}` : "must match its pattern";
        const name =
          formats.find((known) => known === what) ??
          `${unexported(owner)}${path.format.replace(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase()).replace(/^./, (first) => first.toUpperCase())}`;
        return [
          ...pattern.must.flatMap((each) => this.#refuse(`!${this.#expression(each, name)}.MatchString(${value})`, path, wanted)),
          ...pattern.mustNot.flatMap((each) => this.#refuse(`${this.#expression(each, `${name}Not`)}.MatchString(${value})`, path, wanted)),
        ];
      }),
      ...(format !== undefined ? this.#refuse(`!${this.#support.call(`is_${format}`, value)}`, path, `must be a valid ${format}`) : []),
    ];
  }

  /** The length of a text in characters. */
  #count(value: string): string {
    this.#support.use("unicode/utf8");
    return `utf8.RuneCountInString(${value})`;
  }

  #oneOf(values: readonly (string | number | boolean)[], value: string, path: Path): string[] {
    const wrong = values.map((each) => `${value} != ${literal(each)}`).join(" && ");
    return this.#refuse(wrong, path, `must be ${values.map(literal).join(" or ")}`);
  }

  /** The name of a compiled expression. */
  #expression(text: string, wanted: string): string {
    const known = this.expressions.get(text);
    if (known !== undefined) return known;
    let name = `${wanted}Pattern`;
    for (let number = 2; this.#names.has(name); number++) name = `${wanted}Pattern${number}`;
    this.#names.add(name);
    this.expressions.set(text, name);
    this.#support.use("regexp");
    return name;
  }

  #refuse(condition: string, path: Path, what: string): string[] {
    return [`if ${condition} {`, `\treturn ${this.#error(path, what)}`, "}"];
  }

  #error({ format, args }: Path, what: string): string {
    const text = format ? `${format}: ${what.replace(/%/g, "%%")}` : what;
    if (args.length > 0) {
      this.#support.use("fmt");
      return `fmt.Errorf(${[quoted(text), ...args].join(", ")})`;
    }
    this.#support.use("errors");
    return `errors.New(${quoted(format ? text.replace(/%%/g, "%") : text)})`;
  }

  #wrap({ format, args }: Path): string {
    if (!format) return "err";
    this.#support.use("fmt");
    return `fmt.Errorf(${[quoted(`${format}: %w`), ...args, "err"].join(", ")})`;
  }
}

/** Whether a shape has nil of its own, and needs no pointer for null. */
export function isList(shape: Shape): boolean {
  return shape.kind === "list" || shape.kind === "map";
}

/** The value that a pointer leads to; methods need no star. */
export function pointed(shape: Shape, value: string): string {
  return shape.kind === "named" || shape.kind === "time" ? value : `*${value}`;
}

/** Lines, one tab further in. */
export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? line : `\t${line}`));
}
