import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Model } from "../../src/contract/model";
import type { ContractDocument } from "../../src/contract/document";
import { toGo } from "../../src/contract/golang";
import { Declarations } from "../../src/contract/declarations";
import { Checks } from "../../src/contract/checks";
import { Support } from "../../src/contract/support";

// A Go module of generated packages, and a program that reads and writes params by them.

/** A param for the program: which package, direction and command. */
export interface Order {
  readonly at: number;
  readonly direction: "inbound" | "outbound";
  readonly cmd: string;
  /** As JSON. */
  readonly param: string;
}

/** What became of a param: how Go writes it again, or why it refuses it. */
export interface Answer {
  readonly echo?: unknown;
  readonly error?: string;
}

/** Writes a package for each document, and a program; the names of packages are p0, p1 and so on. */
export class Workshop {
  readonly folder: string;
  readonly #packages: readonly string[];

  constructor(name: string, documents: readonly ContractDocument[]) {
    this.folder = resolve("node_modules/.cache/contract", name);
    this.#packages = documents.map((_, index) => `p${index}`);
    rmSync(this.folder, { recursive: true, force: true });
    this.#write("go.mod", "module wireline.test/contract\n\ngo 1.25\n");
    for (const [index, document] of documents.entries()) {
      this.#write(`p${index}/protocol.go`, toGo(document, { packageName: `p${index}`, source: "protocol.ts" }));
      this.#write(`echo${index}.go`, echoOf(document, index));
    }
    this.#write("main.go", mainOf(documents.length));
  }

  #write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Runs Go in the module, and gives what it prints. */
  go(args: readonly string[], input = ""): { readonly output: string; readonly ok: boolean } {
    return run("go", args, this.folder, input);
  }

  /** The generated files that gofmt would change. */
  unformatted(): string {
    return run("gofmt", ["-l", ...this.#packages], this.folder, "").output;
  }

  /** What becomes of each param. */
  answers(orders: readonly Order[]): Answer[] {
    const { output, ok } = this.go(["run", "."], orders.map((order) => `${JSON.stringify(order)}\n`).join(""));
    if (!ok) throw new Error(output);
    return output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
  }
}

function run(program: string, args: readonly string[], cwd: string, input: string) {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd, input, encoding: "utf8", maxBuffer: 2 ** 28 });
  return { output: `${stdout}${stderr}`, ok: status === 0 };
}

/** A handler that writes what it gets, and what sends what it reads. */
function echoOf(document: ContractDocument, index: number): string {
  const model = new Model(document);
  const support = new Support();
  const declarations = new Declarations(support, new Checks(support));
  const typeOf = (param: (typeof model.commands)[number]["param"]) =>
    declarations.typeOf(param).replace(/[A-Z]\w*|(?<=\*)X\w*/u, (name) => (name === "RawMessage" ? name : `p${index}.${name}`));
  const methods = model.commands.filter(({ direction }) => direction === "outbound");
  const senders = model.commands.filter(({ direction }) => direction === "inbound");
  const isNone = (kind: string) => kind === "null";
  return `package main

import (
	"context"
	"encoding/json"
	"errors"

	"wireline.test/contract/p${index}"
)

type echo${index} struct{ data []byte }

${methods.map(({ method, param }) => `func (e *echo${index}) ${method}(_ context.Context${isNone(param.kind) ? "" : `, param ${typeOf(param)}`}) (err error) {\n\te.data, err = json.Marshal(${isNone(param.kind) ? "nil" : "param"})\n\treturn err\n}`).join("\n\n")}

func dispatch${index}(cmd string, param []byte) ([]byte, error) {
	var echo echo${index}
	err := p${index}.Dispatch(context.Background(), &echo, cmd, param)
	return echo.data, err
}

func send${index}(cmd string, data []byte) (sent []byte, err error) {
	send := func(_, _ string, param json.RawMessage) error {
		sent = param
		return nil
	}
	_ = send
	switch cmd {
${senders
  .map(({ constant, method, param }) =>
    isNone(param.kind)
      ? `	case p${index}.${constant}:\n\t\treturn sent, errors.Join(p${index}.${method}(send, ""))`
      : `	case p${index}.${constant}:
		var param ${typeOf(param)}
		${param.kind === "named" ? 'if string(data) == "null" {\n\t\t\treturn nil, errors.New("must not be null")\n\t\t}' : ""}
		if err := json.Unmarshal(data, &param); err != nil {
			return nil, err
		}
		err := p${index}.${method}(send, "", param)
		return sent, err`,
  )
  .join("\n")}
	}
	return nil, errors.New("there is no such command")
}
`;
}

function mainOf(count: number): string {
  const table = (name: string) => Array.from({ length: count }, (_, index) => `${name}${index}`).join(", ");
  return `package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type order struct {
	At        int    \`json:"at"\`
	Direction string \`json:"direction"\`
	Cmd       string \`json:"cmd"\`
	Param     string \`json:"param"\`
}

func main() {
	dispatches := []func(string, []byte) ([]byte, error){${table("dispatch")}}
	sends := []func(string, []byte) ([]byte, error){${table("send")}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			panic(err)
		}
		does := sends[o.At]
		if o.Direction == "outbound" {
			does = dispatches[o.At]
		}
		answer := map[string]any{}
		if data, err := does(o.Cmd, []byte(o.Param)); err != nil {
			answer["error"] = err.Error()
		} else {
			answer["echo"] = json.RawMessage(data)
		}
		line, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}
`;
}
