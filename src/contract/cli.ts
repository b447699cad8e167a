import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { SocketError } from "../index";
import { toAsyncAPI } from "./asyncapi";
import { type Change, changesBetween } from "./changes";
import { type ContractDocument, parseDocument, toJSONSchema } from "./document";
import { readGo, toGo } from "./golang";
import { loadProtocol } from "./loader";
import { usage } from "./reader";

const manual = `Writes a protocol for other programs.

  wireline go <protocol.ts> [--package chat] [--out chat/protocol.go]
      Go structs, a handler and its dispatcher, and functions that send.
  wireline json <protocol.ts> [--out contract.json]
      JSON Schema, with a definition for each command.
  wireline asyncapi <protocol.ts> --title Chat [--version 1.0.0] [--server production=wss://example.com/connect]
      [--channel lobby] [--out asyncapi.json]
      An AsyncAPI 3.0 document of the server. --server and --channel may be repeated.
  wireline check <protocol.ts> <chat/protocol.go | contract.json> [--fail-on difference]
      Compares the protocol with what the server has. --fail-on says what makes it fail:
      difference  anything that is not the same (the default)
      breaking    what breaks the server or the clients in use
      mismatch    what this client and that server do not understand of each other

  --export name   the export that is the protocol, where the file has several
  --out file      the file to write; without it, the text is printed

It ends with 0 if all is well, with 1 if check fails, and with 2 if something is wrong with the call.
`;

const options = {
  package: { type: "string" },
  out: { type: "string" },
  title: { type: "string" },
  version: { type: "string" },
  server: { type: "string", multiple: true },
  channel: { type: "string", multiple: true },
  export: { type: "string" },
  "fail-on": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

type Values = ReturnType<typeof parse>["values"];

/** The options of each command, beside `export` and `help`. */
const allowed: Readonly<Record<string, readonly (keyof typeof options)[]>> = {
  go: ["package", "out"],
  json: ["out"],
  asyncapi: ["title", "version", "server", "channel", "out"],
  check: ["fail-on"],
};

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw usage(`The options are wrong: ${(cause as Error).message.split("\n")[0]}; see wireline --help.`, cause);
  }
}

/** Runs a command, and gives the exit code. */
async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [command, file, other, ...more] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(manual);
    return values.help ? 0 : 2;
  }
  const known = allowed[command];
  if (!known) throw usage(`There is no command ${command}; use go, json, asyncapi or check.`);
  for (const name of Object.keys(values) as (keyof typeof options)[]) {
    if (!known.includes(name) && name !== "export") throw usage(`${command} has no option --${name}; see wireline --help.`);
  }
  if (file === undefined) throw usage(`There is no file with the protocol; call wireline ${command} protocol.ts.`);
  if (more.length > 0 || (command !== "check" && other !== undefined))
    throw usage("There are more files than the command takes; see wireline --help.");
  const protocol = await loadProtocol(file, values.export);
  switch (command) {
    case "go":
      return write(toGo(toJSONSchema(protocol), { packageName: packageOf(values), source: basename(file) }), values);
    case "json":
      return write(`${JSON.stringify(toJSONSchema(protocol), null, 2)}\n`, values);
    case "asyncapi":
      return write(`${JSON.stringify(toAsyncAPI(protocol, asyncOptions(values)), null, 2)}\n`, values);
    default:
      if (other === undefined) throw usage("There is no file to compare with; call wireline check protocol.ts chat/protocol.go.");
      return check(toJSONSchema(protocol), file, other, values);
  }
}

/** The package, which by default is the folder of the file. */
function packageOf({ package: name, out }: Values): string {
  if (name !== undefined) return name;
  const folder = out === undefined ? "" : basename(dirname(out));
  return /^[a-z][a-z0-9]*$/.test(folder) ? folder : "protocol";
}

function asyncOptions({ title, version, server = [], channel }: Values) {
  if (title === undefined) throw usage("An AsyncAPI document needs a title; give it with --title.");
  const servers = server.map((each) => {
    const [, name = "", url = ""] = /^([^=]+)=(.+)$/.exec(each) ?? [];
    if (!name) throw usage("--server needs a name and an address; write it like --server production=wss://example.com/connect.");
    return [name, { url }] as const;
  });
  return {
    title,
    ...(version !== undefined && { version }),
    servers: Object.fromEntries(servers),
    ...(channel && { channels: Object.fromEntries(channel.map((name) => [name, {}])) }),
  };
}

function write(text: string, { out }: Values): number {
  if (out === undefined) process.stdout.write(text);
  else {
    mkdirSync(dirname(out), { recursive: true });
    // An unchanged file keeps its time, so that builds do not start for nothing.
    if (!existsSync(out) || readFileSync(out, "utf8") !== text) writeFileSync(out, text);
  }
  return 0;
}

const reasons: Readonly<Record<string, (change: Change) => boolean>> = {
  difference: () => true,
  breaking: ({ breaksServer, breaksClients }) => breaksServer || breaksClients,
  mismatch: ({ isMismatch }) => isMismatch,
};

function check(document: ContractDocument, source: string, file: string, values: Values): number {
  const { "fail-on": failOn = "difference" } = values;
  const fails = reasons[failOn];
  if (!fails) throw usage(`--fail-on ${failOn} is unknown; use difference, breaking or mismatch.`);
  if (!existsSync(file)) throw usage(`There is no file ${file}; write it with wireline go or wireline json.`);
  // Git may have checked it out with the line ends of Windows.
  const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  const go = file.endsWith(".go") ? readGo(text, file) : undefined;
  const changes = changesBetween(go?.document ?? parseDocument(text, file), document);
  for (const change of changes) console.log(sentenceOf(change));
  // What the documents do not show: lines that somebody has changed, or another order.
  const edited = go && firstDifference(text, toGo(go.document, go.options));
  if (edited)
    console.log(`${file}:${edited.line} was edited by hand, or written by another version of wireline. It should read:\n  ${edited.text}`);
  const reordered =
    go && !edited && changes.length === 0 && firstDifference(text, toGo(document, { ...go.options, source: basename(source) }));
  if (reordered) console.log(`${file}:${reordered.line} is not what ${source} gives now, although both mean the same.`);
  const differs = Boolean(edited || reordered);
  const failed = changes.filter(fails).length > 0 || (differs && failOn === "difference");
  if (!failed && changes.length === 0 && !differs) console.log(`${file} has what ${source} says.`);
  else if (failed && go) console.log(`Run wireline go ${source} --package ${go.options.packageName} --out ${file} to write it again.`);
  return failed ? 1 : 0;
}

function sentenceOf({ where, what, breaksServer, breaksClients }: Change): string {
  const effect =
    breaksServer && breaksClients
      ? "breaks the server and the clients in use"
      : breaksClients
        ? "breaks clients in use"
        : breaksServer
          ? "breaks the server in use, so deploy the new server first"
          : "breaks nothing";
  return `${where}: ${what} (${effect})`;
}

/** The first line in which a text is not as it should be. */
function firstDifference(text: string, wanted: string): { readonly line: number; readonly text: string } | undefined {
  const [lines, others] = [text.split("\n"), wanted.split("\n")];
  const index = Array.from({ length: Math.max(lines.length, others.length) }).findIndex((_, at) => lines[at] !== others[at]);
  return index < 0 ? undefined : { line: index + 1, text: (others[index] ?? "(nothing)").trim() };
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof SocketError ? error.message : error);
    process.exitCode = 2;
  },
);
