import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { build, transformSync } from "esbuild";
import { createElement, type ReactElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { readPage, readPages } from "../../playground/docs/tools/pages";
import { defaultBackoff } from "../../src/connection/backoff";
import { resolveOptions } from "../../src/options";
import { behaviours } from "../behaviour/suite";
import { fromJson } from "../bench/table";
import { integrityOf } from "../tools/integrity";
import { entries } from "../tools/entries";
import { sizeOf, sizeOfEntry } from "../tools/size";
import { writeExamples } from "./blocks";

// The numbers in the documentation and in the README are those of the code.

const readme = readFileSync("README.md", "utf8");
const textOf = (link: string) => readPage(link).text;
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

test("the README is at most 12 kB, and has the server and the client within its first screen", () => {
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(12_000);
  expect(readme.split("\n").findIndex((line) => line.startsWith("```ts"))).toBeLessThan(50);
});

test("the sizes are those that npm run size prints", async () => {
  const { gzip, brotli } = await sizeOf("Socket, defineProtocol");
  for (const text of [readme, textOf("/reference/runtimes")]) {
    const [, ...shown] = /^\| `Socket`, with everything \| (.*) \| (.*) \|$/m.exec(text) ?? [];
    expect(shown).toEqual([kB(gzip), kB(brotli)]);
  }
  expect(/^\| size, gzip \| (.*?) \|/m.exec(readme)?.[1]).toBe(kB(gzip));
});

test.each(entries.filter(({ budget }) => budget !== undefined))(
  "the size of wireline/$name is that which npm run size prints",
  async ({ name }) => {
    const { gzip, brotli } = await sizeOfEntry(name);
    expect(textOf("/reference/runtimes")).toContain(`| \`wireline/${name}\`, beside it | ${kB(gzip)} | ${kB(brotli)} |`);
  },
);

test("the sizes of other libraries are those that npm run bench measured", () => {
  const { measures, versions } = fromJson(readFileSync("test/bench/results.json", "utf8"));
  const { values } = measures.find(({ name, unit }) => name === "size of the import" && unit === "bytes gzipped")!;
  const table = readFileSync("playground/docs/parts/features.md", "utf8");
  const row = (start: string) =>
    table
      .split("\n")
      .find((line) => line.startsWith(start))!
      .split("|")
      .slice(2, -1)
      .map((cell) => cell.trim());
  const libraries = row("| feature");
  const sizes = row("| size, gzip");
  for (const [index, library] of libraries.entries()) {
    if (library !== "Wireline") expect([library, sizes[index]]).toEqual([library, kB(values[library]!)]);
  }
  expect(readme).toContain(table);
  for (const [, library = "", version] of textOf("/compare/").matchAll(/([a-z][\w.-]+) (\d+\.\d+\.\d+)/g))
    expect([library, versions[library]]).toEqual([library, version]);
});

test("a size in the text of a comparison is that of its table", () => {
  const { measures } = fromJson(readFileSync("test/bench/results.json", "utf8"));
  const { values } = measures.find(({ name, unit }) => name === "size of the import" && unit === "bytes gzipped")!;
  const sizes = Object.values(values).map((bytes) => kB(bytes));
  for (const { link, text } of readPages().filter(({ link }) => link.startsWith("/compare/"))) {
    for (const [size] of text.matchAll(/\d+\.\d kB/g)) if (!text.includes("| size, gzip")) expect(sizes, link).toContain(size);
  }
});

test("the table of options has every option, with its default", () => {
  const rows = new Map(
    // Those of the socket, without those of the entries below.
    [
      ...textOf("/reference/options")
        .split("\n## `wireline/")[0]!
        .matchAll(/^\| `(\w+)` \| (\S.*?) \| /gm),
    ].map(([, name, value]) => [name!, value!]),
  );
  const defaults = resolveOptions([{}]) as unknown as Record<string, unknown>;
  const shown = (value: string) => value.replaceAll("`", "");
  for (const name of [
    "url",
    "channel",
    "autoConnect",
    "minUptime",
    "connectTimeout",
    "closeTimeout",
    "maxRetries",
    "probe",
    "validate",
    "maxMessageBytes",
    "highWaterMark",
  ]) {
    expect([name, shown(rows.get(name) ?? "")]).toEqual([
      name,
      typeof defaults[name] === "string" ? JSON.stringify(defaults[name]) : String(defaults[name]),
    ]);
  }
  const object = (value: object) =>
    JSON.stringify(value, (_, entry) => (entry === Infinity ? "Infinity" : entry))
      .replace(/"(\w+)":/g, "$1: ")
      .replaceAll(",", ", ")
      .replace('"Infinity"', "Infinity");
  for (const name of ["queue", "backoff", "rejoin"])
    expect([name, shown(rows.get(name) ?? "")]).toEqual([name, object(defaults[name] as object)]);
  const documented = readFileSync("src/options.ts", "utf8");
  const options = [.../export interface SocketOptions[\s\S]*?\n\}/.exec(documented)![0].matchAll(/^ {2}(\w+)\??:/gm)].map(
    ([, name]) => name!,
  );
  expect(options.length).toBeGreaterThan(25);
  expect(options.filter((name) => !new RegExp(`^\\|.*\`${name}\`.*\\|`, "m").test(textOf("/reference/options")))).toEqual([]);
});

test("the text about waits and limits has the defaults of the code", () => {
  const { min, max, factor } = defaultBackoff;
  const reconnecting = textOf("/guides/reconnecting");
  expect(reconnecting).toContain(`up to ${min / 1000} seconds`);
  expect(reconnecting).toContain(`${Math.round((factor - 1) * 100)} % with each retry, up to ${max / 1000} seconds`);
  const { queue, minUptime, connectTimeout, closeTimeout, probe, maxMessageBytes, highWaterMark } = resolveOptions([{}]);
  expect(reconnecting).toContain(`\`minUptime\` (${minUptime / 1000} seconds)`);
  const limits = textOf("/guides/limits");
  expect(limits).toContain(`| messages that wait | ${queue.max} |`);
  expect(limits).toContain(`\`authenticate\` | ${connectTimeout / 1000} s each |`);
  expect(limits).toContain(`| wait for the server's close | ${closeTimeout / 1000} s |`);
  expect(limits).toContain(`| size of an incoming message | ${maxMessageBytes / 2 ** 20} MiB |`);
  expect(limits).toContain(`| bytes that the WebSocket buffers | ${highWaterMark / 2 ** 20} MiB |`);
  const { heartbeat } = resolveOptions([{ heartbeat: { cmd: "ping" } }]);
  if (!heartbeat) throw new Error("There is no heartbeat.");
  const { interval, timeout } = heartbeat;
  expect(textOf("/guides/heartbeat")).toContain(`${interval / 1000} and ${timeout / 1000} seconds by default`);
  expect(textOf("/guides/heartbeat")).toContain(`\`probe\` (${Number(probe) / 1000} seconds)`);
  expect(textOf("/guides/troubleshooting")).toContain(`## It reconnects every ${(interval + timeout) / 1000} seconds`);
  expect(textOf("/start/")).toContain(`every ${interval / 1000} seconds`);
});

test("the limits that are constants of the source are those of the text", () => {
  const constant = (file: string, name: string) => {
    const [, value = ""] = new RegExp(`\\b${name} = ([\\d_]+)`).exec(readFileSync(`src/${file}`, "utf8")) ?? [];
    return Number(value.replaceAll("_", ""));
  };
  const members = constant("subscriptions/members.ts", "maxMembers").toLocaleString("en");
  const idLength = constant("subscriptions/members.ts", "maxIdLength");
  expect(textOf("/guides/channels")).toContain(`at most ${members} members, and ids of at most ${idLength} characters`);
  expect(textOf("/guides/limits")).toContain(`| ${members}, with ids of at most ${idLength} characters |`);
  expect(constant("client.ts", "leaveDelay")).toBe(500);
  for (const link of ["/guides/reconnecting", "/reference/wire"]) expect(textOf(link)).toContain("1000 after half a second");
  expect(textOf("/guides/sending")).toContain(`\`max\` is ${resolveOptions([{}]).queue.max} messages by default`);
  expect(textOf("/guides/requests")).toContain(`With ${resolveOptions([{}]).queue.max} unconfirmed messages`);
});

test("the tables about what was missed have every reason and every outcome, and the limits of the code", () => {
  const source = ["line", "feed", "query"].map((name) => readFileSync(`src/resume/${name}.ts`, "utf8")).join("\n");
  const text = textOf("/guides/missed");
  for (const type of ["GapReason", "Outcome", "QueryStatus"]) {
    const [, words = ""] = new RegExp(`export type ${type} =([^;]*);`).exec(source) ?? [];
    const names = [...words.matchAll(/"(\w+)"/g)].map(([, name]) => name!);
    expect(names.length, type).toBeGreaterThan(2);
    for (const name of names) expect(text, type).toMatch(new RegExp(`^\\| \`${name}\` \\|`, "m"));
  }
  for (const [, name, value] of source.matchAll(/^const (max\w+) = (\d+);/gm)) expect([name, value]).toEqual([name, "1000"]);
  expect(text.match(/^\| (a feed of all channels has seen )?1000 /gm)).toHaveLength(3);
  expect(source).toContain("patience = 1000");
});

test("the table of error codes has every code", () => {
  const [, codes = ""] = /export type SocketErrorCode =([^;]*);/.exec(readFileSync("src/errors.ts", "utf8"))!;
  const names = [...codes.matchAll(/"(\w+)"/g)].map(([, name]) => name!);
  const rows = [...textOf("/reference/errors").matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(10);
  expect(rows.sort()).toEqual([...new Set(names)].sort());
});

test("the reasons of a drop are all told", () => {
  const [, reasons = ""] = /export type DropReason =([^;]*);/.exec(readFileSync("src/messages/deliveries.ts", "utf8")) ?? [];
  const names = [...reasons.matchAll(/"(\w+)"/g)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(5);
  const [, table = ""] = /## Why a message was dropped\n([\s\S]*?)\n## /.exec(textOf("/guides/sending"))!;
  expect([...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!).sort()).toEqual(names.sort());
});

test("the table of runtimes is what npm run test:runtimes prints", () => {
  const { optionalDependencies: wanted } = JSON.parse(readFileSync("test/runtimes/package.json", "utf8"));
  const rows = [
    ...textOf("/reference/runtimes").matchAll(/^\| (\w[\w ]*) \| ([\d.-]+) \| (?:yes|no) \| (?:yes|no) \| (\d+) \| 0 \| (\d+|–) \|$/gm),
  ];
  expect(rows.map(([, name]) => name)).toEqual(["Node 20 with ws", "Node 22", "Node 24", "Node 26", "Bun", "Deno", "workerd"]);
  for (const [, name = "", version = "", passed, skipped] of rows) {
    // One more where there is a process, which has to end.
    expect(Number(passed) + (Number(skipped) || 0), name).toBe(behaviours.length + (name === "workerd" ? 0 : 1));
    const [, node] = /^Node (\d+)/.exec(name) ?? [];
    const pinned: string = wanted[node ? `node${node}-linux-x64` : name.toLowerCase()];
    expect(pinned, name).toContain(version.replaceAll("-", ""));
  }
});

test("what the text says of the length of the servers and of the codec is about true", () => {
  const linesOf = (code: string) => code.split("\n").filter((line) => line.trim() && !/#(end)?region/.test(line)).length;
  const server = linesOf(readFileSync("playground/docs/examples/first/server.mjs", "utf8"));
  const whole = linesOf(readFileSync("playground/docs/examples/node/server.mjs", "utf8"));
  const [, codec = ""] = /(const messagePack[\s\S]*?\n\};)/.exec(textOf("/recipes/binary")) ?? [];
  for (const [link, pattern, lines] of [
    ["/start/what-it-is", /needs about (\d+) lines/, server],
    ["/servers/node", /server of about (\d+) lines/, server],
    ["/reference/wire", /most of that in about (\d+) lines/, server],
    ["/reference/wire", /all of it in about (\d+)\./, whole],
    ["/compare/socket-io", /in about (\d+) lines/, whole],
  ] as const) {
    const told = Number(pattern.exec(textOf(link))?.[1]);
    expect(Math.abs(told - lines), `${link} says ${told}, it has ${lines}`).toBeLessThanOrEqual(told / 10);
  }
  const told = Number(/codec of (\d+) lines/.exec(readPage("/recipes/binary").description)?.[1]);
  expect(Math.abs(told - linesOf(codec))).toBeLessThanOrEqual(1);
});

test("the oldest engines are the first that read the built files as they are", () => {
  const code = readFileSync("dist/index.mjs", "utf8");
  const compiled = (target: string) => transformSync(code, { target }).code;
  const [, chrome, firefox, safari] = /need Chrome (\d+), Firefox (\d+) or Safari (\d+)/.exec(textOf("/reference/runtimes")) ?? [];
  expect(readme).toContain(`Chrome ${chrome}, Firefox ${firefox}, Safari ${safari},`);
  for (const [name, version] of Object.entries({ chrome, firefox, safari })) {
    expect(compiled(`${name}${version}`), name).toBe(compiled("esnext"));
    expect(compiled(`${name}${Number(version) - (name === "safari" ? 0.9 : 1)}`), `an older ${name}`).not.toBe(compiled("esnext"));
  }
});

test("the integrity of the script tag is that of the built file", () => {
  expect(/integrity="([^"]+)"/.exec(textOf("/start/script-tag"))?.[1]).toBe(integrityOf("dist/wireline.umd.js"));
});

test("the first React component renders on a server", async () => {
  const component = writeExamples(resolve("node_modules/.cache/docs/rendered")).find(({ where }) =>
    where.startsWith("/start/react, In React"),
  )!;
  const outfile = component.file.replace(/\.tsx$/, ".cjs");
  const alias = { wireline: resolve("dist/index.mjs"), "wireline/react": resolve("dist/react.mjs") };
  await build({ entryPoints: [component.file], bundle: true, platform: "node", alias, external: ["react"], jsx: "automatic", outfile });
  const { Status } = createRequire(import.meta.url)(outfile) as { Status: () => ReactElement };
  expect(renderToString(createElement(Status))).toBe("<p>idle</p>");
});
