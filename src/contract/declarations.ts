import { type Checks, indented, isList, literal, quoted } from "./checks";
import { receiverOf } from "./names";
import type { Declaration, Doc, Field, Shape, Variant } from "./shape";
import type { Support } from "./support";

// The types of Go with their methods.

type Of<Kind extends Declaration["kind"]> = Extract<Declaration, { kind: Kind }>;

/** The lines of a comment. One paragraph, because Go formats lists and headings in its own way. */
export function comment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((word) => word !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `// ${line}`);
}

/** What people wrote about a type or field. It begins with a letter, so that Go takes it for a sentence. */
export function described({ description, deprecated, default: value }: Doc): string[] {
  const clean = (description ?? "").replace(/\p{Cc}/gu, " ").trim();
  const sentence = clean === "" || /^[\p{L}"']/u.test(clean) ? clean : `Note: ${clean}`;
  const ended = sentence === "" || /[.!?:]$/.test(sentence) ? sentence : `${sentence}.`;
  const whole = [ended, value === undefined ? "" : `The default is ${value}.`].filter((part) => part !== "").join(" ");
  return [...comment(whole), ...(deprecated ? [...(whole ? ["//"] : []), "// Deprecated: the protocol marks it so."] : [])];
}

/** Rows of cells as Go aligns them. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)));
  return rows.map((row) =>
    row.map((cell, column) => (column < row.length - 1 ? cell + " ".repeat(widths[column]! - [...cell].length) : cell)).join(" "),
  );
}

/** Writes the declarations of a file. */
export class Declarations {
  readonly #support: Support;
  readonly #checks: Checks;

  constructor(support: Support, checks: Checks) {
    this.#support = support;
    this.#checks = checks;
  }

  /** The type of Go that a shape is. */
  typeOf(shape: Shape): string {
    switch (shape.kind) {
      case "string":
        return "string";
      case "integer":
        return "int64";
      case "number":
        return "float64";
      case "boolean":
        return "bool";
      case "time":
        this.#support.use("time");
        return "time.Time";
      case "list":
        return `[]${this.typeOf(shape.items)}`;
      case "map":
        return `map[string]${this.typeOf(shape.values)}`;
      case "nullable":
        return isList(shape.of) ? this.typeOf(shape.of) : `*${this.typeOf(shape.of)}`;
      case "named":
        return shape.name;
      default:
        this.#support.use("encoding/json");
        return "json.RawMessage";
    }
  }

  /** The function that reads a shape. */
  readerOf(shape: Shape): string {
    switch (shape.kind) {
      case "list":
        return this.#support.call("readList", this.readerOf(shape.items));
      case "map":
        return this.#support.call("readMap", this.readerOf(shape.values));
      case "nullable":
        return this.#support.call(isList(shape.of) ? "readNilable" : "readNullable", this.readerOf(shape.of));
      case "time":
        return this.#support.name("readTime");
      case "any":
      case "null":
        return this.#support.name("readAny");
      default:
        return `${this.#support.name("readValue")}[${this.typeOf(shape)}]`;
    }
  }

  /** A declaration with its methods; `about` says what it is for. */
  write(declaration: Declaration, about: string): string[] {
    const { name, doc } = declaration;
    const isWhole = doc.description?.startsWith(`${name} `);
    const more = described(doc);
    const sentences = isWhole ? more : [...comment(`${name} ${about}`), ...(more.length > 0 ? ["//", ...more] : [])];
    return [...sentences, ...this.#type(declaration), "", ...this.#validate(declaration), ...this.#json(declaration)];
  }

  #type(declaration: Declaration): string[] {
    const { name } = declaration;
    switch (declaration.kind) {
      case "struct":
        return declaration.fields.length === 0
          ? [`type ${name} struct{}`]
          : [`type ${name} struct {`, ...indented(this.#fields(declaration.fields)), "}"];
      case "enum": {
        const rows = declaration.values.map(({ name: constant, value }) => [constant, name, `= ${quoted(value)}`]);
        return [`type ${name} string`, "", "// The values that it may have.", "const (", ...indented(aligned(rows)), ")"];
      }
      case "union":
        return [
          `type ${name} struct {`,
          ...indented(aligned(declaration.variants.map((variant) => [variant.name, `*${this.typeOf(variant.shape)}`]))),
          "}",
        ];
      case "defined":
        return declaration.shape.kind === "time"
          ? [`type ${name} struct{ ${this.typeOf(declaration.shape)} }`]
          : [`type ${name} ${this.typeOf(declaration.shape)}`];
    }
  }

  /** Fields with a comment stand by themselves, others are aligned with their neighbours. */
  #fields(fields: readonly Field[]): string[] {
    const lines: string[] = [];
    let run: string[][] = [];
    for (const field of fields) {
      const { key, name, shape, optional, doc } = field;
      const about = described(doc);
      if (about.length > 0) {
        lines.push(...aligned(run), ...about);
        run = [];
      }
      const type = optional && !isNilable(shape) ? `*${this.typeOf(shape)}` : this.typeOf(shape);
      const tag = `json:"${key === "-" ? "-," : key}${optional ? ",omitzero" : ""}"`;
      run.push([name, type, `\`${tag}\``]);
    }
    return [...lines, ...aligned(run)];
  }

  #validate(declaration: Declaration): string[] {
    const { name } = declaration;
    const receiver = receiverOf(name);
    const body = this.#checksOf(declaration, receiver);
    return [
      `// Validate returns what is wrong with ${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}, or nil.`,
      `func (${body.length > 0 ? `${receiver} ` : ""}${name}) Validate() error {`,
      ...indented(body),
      "\treturn nil",
      "}",
    ];
  }

  #checksOf(declaration: Declaration, receiver: string): string[] {
    const { name } = declaration;
    switch (declaration.kind) {
      case "struct":
        return declaration.fields.flatMap(({ key, name: field, shape, optional }) => {
          const whole: Shape = optional && !isNilable(shape) ? { kind: "nullable", of: shape } : shape;
          const lines = this.#checks.of(whole, `${receiver}.${field}`, key, name);
          const isLeftOut = optional && lines.length > 0 && (shape.kind === "list" || shape.kind === "map");
          return isLeftOut ? [`if ${receiver}.${field} != nil {`, ...indented(lines), "}"] : lines;
        });
      case "enum": {
        this.#support.use("errors");
        const names = declaration.values.map(({ name: constant }) => constant).join(", ");
        const wanted = declaration.values.map(({ value }) => quoted(value)).join(", ");
        return [`switch ${receiver} {`, `case ${names}:`, "default:", `\treturn errors.New(${quoted(`must be one of ${wanted}`)})`, "}"];
      }
      case "union": {
        this.#support.use("errors");
        const set = declaration.variants.map((variant) => `${receiver}.${variant.name} != nil`);
        return [
          `if ${this.#support.call("countTrue", ...set)} != 1 {`,
          `\treturn errors.New(${quoted(`must have exactly one of ${declaration.variants.map((variant) => variant.name).join(", ")}`)})`,
          "}",
          ...declaration.variants.flatMap((variant) => {
            const lines = this.#checks.of({ kind: "nullable", of: variant.shape }, `${receiver}.${variant.name}`, "", name);
            return lines;
          }),
        ];
      }
      case "defined": {
        const { shape } = declaration;
        if (shape.kind === "time") return this.#checks.of(shape, receiver, "", name);
        const value = shape.kind === "list" || shape.kind === "map" ? receiver : `${this.typeOf(shape)}(${receiver})`;
        return this.#checks.of(shape, value, "", name);
      }
    }
  }

  /** The methods that read and write JSON, where Go's own ones do not do. */
  #json(declaration: Declaration): string[] {
    const { name } = declaration;
    const receiver = receiverOf(name);
    switch (declaration.kind) {
      case "struct":
        return [...this.#readStruct(declaration, receiver), ...this.#writeStruct(declaration, receiver)];
      case "union":
        return [...this.#readUnion(declaration, receiver), ...this.#writeUnion(declaration, receiver)];
      case "defined": {
        const { shape } = declaration;
        if (shape.kind === "time") {
          return this.#method("UnmarshalJSON", declaration, receiver, [`return ${this.readerOf(shape)}(data, &${receiver}.Time)`]);
        }
        if (shape.kind !== "list" && shape.kind !== "map") return [];
        return [
          ...this.#method("UnmarshalJSON", declaration, receiver, [
            `return ${this.readerOf(shape)}(data, (*${this.typeOf(shape)})(${receiver}))`,
          ]),
          ...this.#method("MarshalJSON", declaration, receiver, [
            `if ${receiver} == nil {`,
            `\t${receiver} = ${name}{}`,
            "}",
            `return json.Marshal(${this.typeOf(shape)}(${receiver}))`,
          ]),
        ];
      }
      default:
        return [];
    }
  }

  #method(method: "MarshalJSON" | "UnmarshalJSON", { name }: Declaration, receiver: string, body: readonly string[]): string[] {
    this.#support.use("encoding/json");
    const [head, verb] =
      method === "UnmarshalJSON"
        ? [`(${receiver} *${name}) UnmarshalJSON(data []byte) error`, "reads"]
        : [`(${receiver} ${name}) MarshalJSON() ([]byte, error)`, "writes"];
    const what = method === "UnmarshalJSON" ? "and refuses what the protocol does not allow" : "as the protocol has it";
    return ["", `// ${method} ${verb} JSON ${what}.`, `func ${head} {`, ...indented(body), "}"];
  }

  #readStruct(declaration: Of<"struct">, receiver: string): string[] {
    const { name, fields, constants, closed } = declaration;
    const reads = [
      ...(closed ? [this.#support.call("readNoOthers", "fields", ...[...constants, ...fields].map(({ key }) => quoted(key)))] : []),
      ...constants.map(({ key, value }) => this.#support.call("readConstant", "fields", quoted(key), literal(value))),
      ...fields.map(({ key, name: field, shape, optional }) => {
        const reader = optional && !isNilable(shape) ? this.#support.call("readPointer", this.readerOf(shape)) : this.readerOf(shape);
        return this.#support.call(optional ? "readOptional" : "readField", "fields", quoted(key), reader, `&${receiver}.${field}`);
      }),
    ];
    if (reads.length === 0) {
      this.#support.name("readFields");
      return this.#method("UnmarshalJSON", declaration, receiver, [`_, err := readFields(data)`, "return err"]);
    }
    this.#support.use("cmp");
    return this.#method("UnmarshalJSON", declaration, receiver, [
      `fields, err := ${this.#support.call("readFields", "data")}`,
      "if err != nil {",
      "\treturn err",
      "}",
      ...(fields.length > 0 ? [`*${receiver} = ${name}{}`] : []),
      "return cmp.Or(",
      ...reads.map((read) => `\t${read},`),
      ")",
    ]);
  }

  #writeStruct(declaration: Of<"struct">, receiver: string): string[] {
    const { name, fields, constants } = declaration;
    // A list that is nil would be null.
    const lists = fields.filter(({ shape, optional }) => !optional && (shape.kind === "list" || shape.kind === "map"));
    if (lists.length === 0 && constants.length === 0) return [];
    const filled = lists.flatMap(({ name: field, shape }) => [
      `if ${receiver}.${field} == nil {`,
      `\t${receiver}.${field} = ${this.typeOf(shape)}{}`,
      "}",
    ]);
    const types = { string: "string", number: "float64", boolean: "bool" };
    const rows = constants.map(({ key, name: constant, value }) => [
      constant,
      types[typeof value as keyof typeof types],
      `\`json:"${key === "-" ? "-," : key}"\``,
    ]);
    const plain = [`type plain ${name}`];
    const written =
      constants.length === 0
        ? [...plain, `return json.Marshal(plain(${receiver}))`]
        : [
            ...plain,
            "return json.Marshal(struct {",
            ...indented(aligned(rows)),
            "\tplain",
            `}{${[...constants.map(({ value }) => literal(value)), `plain(${receiver})`].join(", ")}})`,
          ];
    return this.#method("MarshalJSON", declaration, receiver, [...filled, ...written]);
  }

  #readUnion(declaration: Of<"union">, receiver: string): string[] {
    const { name, tag, variants, exact } = declaration;
    this.#support.use("errors");
    if (tag !== undefined) {
      const wanted = variants.map((variant) => quoted(variant.tag!)).join(", ");
      return this.#method("UnmarshalJSON", declaration, receiver, [
        `tag, err := ${this.#support.call("readTag", "data", quoted(tag))}`,
        "if err != nil {",
        "\treturn err",
        "}",
        `*${receiver} = ${name}{}`,
        "switch tag {",
        ...variants.flatMap((variant) => [
          `case ${quoted(variant.tag!)}:`,
          `\treturn ${this.#support.call("readPointer", this.readerOf(variant.shape))}(data, &${receiver}.${variant.name})`,
        ]),
        "}",
        `return errors.New(${quoted(`${tag}: must be one of ${wanted}`)})`,
      ]);
    }
    const reads = (variant: Variant) =>
      this.#support.call("readVariant", "data", this.readerOf(variant.shape), `&${receiver}.${variant.name}`);
    const test = exact
      ? [`if ${this.#support.name("countTrue")}(`, ...variants.map((variant) => `\t${reads(variant)},`), ") == 1 {"]
      : [
          ...variants.map(
            (variant, index) => `${index === 0 ? "if " : "\t"}${reads(variant)}${index < variants.length - 1 ? " ||" : " {"}`,
          ),
        ];
    return this.#method("UnmarshalJSON", declaration, receiver, [
      `*${receiver} = ${name}{}`,
      ...test,
      "\treturn nil",
      "}",
      `return errors.New(${quoted(`must be one of ${variants.map((variant) => variant.name).join(", ")}`)})`,
    ]);
  }

  #writeUnion(declaration: Of<"union">, receiver: string): string[] {
    const { name, variants } = declaration;
    this.#support.use("errors");
    return this.#method("MarshalJSON", declaration, receiver, [
      "switch {",
      ...variants.flatMap((variant) => [`case ${receiver}.${variant.name} != nil:`, `\treturn json.Marshal(${receiver}.${variant.name})`]),
      "}",
      `return nil, errors.New(${quoted(`a ${name} must have a field that is not nil`)})`,
    ]);
  }
}

/** Whether a type of Go has nil for what is left out. */
export function isNilable(shape: Shape): boolean {
  return ["list", "map", "nullable", "any", "null"].includes(shape.kind);
}
