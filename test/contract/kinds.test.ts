import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { changesBetween } from "../../src/contract/changes";
import { parseDocument } from "../../src/contract/document";
import { toJSONSchema } from "../../src/contract/index";
import type { Protocol } from "../../src/index";
import { protocol as formats } from "../unit/contract/formats";
import { protocol } from "../unit/contract/kinds";
import { type Answer, type Order, Workshop } from "./workshop";

// What Go says to params of every kind, and schemas that are made of Go structs.

const author = { userID: "0192f0c8-7c3a-4b1e-9d2f-3a4b5c6d7e8f" };
const note = { id: "n1", author, tags: ["a"], day: null, priority: "low", count: 1, scores: { a: 1.5 }, html: "<b>" };
const saved = { id: "n1", at: "2026-01-31T12:00:00Z" };

type Row = readonly [direction: Order["direction"], cmd: string, param: unknown, answer: Answer];
const refused = (cmd: string, param: unknown, error: string): Row => ["outbound", cmd, param, { error: `${cmd}: ${error}` }];
const taken = (cmd: string, param: unknown, echo: unknown = param): Row => ["outbound", cmd, param, { echo }];

const rows: readonly Row[] = [
  taken("note", note),
  taken("note", { ...note, due: "2026-01-31T12:00:00.25+02:00", progress: 0.5, extra: { a: [1, null] } }),
  // Fields that a newer client sends are ignored.
  taken("note", { ...note, newer: true }, note),
  refused("note", null, "must not be null"),
  refused("note", [], "must be an object"),
  refused("note", { ...note, id: undefined }, "id: is missing"),
  refused("note", { ...note, id: null }, "id: must not be null"),
  refused("note", { ...note, ID: "n1", id: undefined }, "id: is missing"),
  refused("note", { ...note, id: 7 }, "id: must be a string"),
  refused("note", { ...note, id: "x".repeat(65) }, "id: must have at most 64 characters"),
  taken("note", { ...note, id: "😀".repeat(64) }),
  refused("note", { ...note, author: { userID: "secret" } }, "author: userID: must be a valid uuid"),
  refused("note", { ...note, tags: "a" }, "tags: must be a list"),
  refused("note", { ...note, tags: ["a", ""] }, "tags[1]: must have at least 1 character"),
  refused("note", { ...note, tags: ["a", null] }, "tags: [1]: must not be null"),
  refused("note", { ...note, due: "yesterday" }, "due: must be a date and time of RFC 3339"),
  refused("note", { ...note, day: "2026-02-30" }, "day: must be a valid date"),
  refused("note", { ...note, priority: "secret" }, 'priority: must be one of "low", "high"'),
  refused("note", { ...note, progress: 1.01 }, "progress: must be at most 1"),
  refused("note", { ...note, count: 1.5 }, "count: must be a whole number"),
  refused("note", { ...note, count: 0 }, "count: must be at least 1"),
  refused("note", { ...note, scores: { Secret: 1 } }, "scores: a name: must match its pattern"),
  refused("note", { ...note, scores: { a: 0.3 } }, "scores: a value: must be a multiple of 0.5"),
  taken("draw", { kind: "circle", radius: 2 }),
  taken("draw", { kind: "text-box", text: "hi", size: 12 }),
  refused("draw", { kind: "secret" }, 'kind: must be one of "circle", "text-box"'),
  refused("draw", { kind: "circle", radius: 0 }, "radius: must be more than 0"),
  taken("join-room", { room: "den" }),
  taken("join-room", { room: 7 }),
  refused("join-room", { room: "" }, "room: must be one of String, Integer"),
  refused("join-room", { room: "den", more: 1 }, "must not have further fields"),
  taken("say", "hi"),
  refused("say", "", "must have at least 1 character"),
  taken("move", null),
  taken("move", { x: 1, y: -1 }),
  refused("move", { x: 2 ** 31, y: 0 }, "x: must be at most 2147483647"),
  taken("leave", null),
  refused("leave", {}, "must be left out or null"),
  taken("anything", [1, { a: null }]),
  taken("password", { text: "abcdefg1", site: "https://example.com/a" }),
  refused("password", { text: "abcdefgh", site: "https://example.com" }, "text: must match its pattern"),
  refused("password", { text: "abcdef 1", site: "https://example.com" }, "text: must match its pattern"),
  refused("password", { text: "abcdefg1", site: "example" }, "site: must be a valid uri"),
  ["outbound", "secret", {}, { error: "the protocol has no such command" }],
  ["inbound", "saved", saved, { echo: saved }],
  ["inbound", "saved", { ...saved, authors: [author] }, { echo: { ...saved, authors: [author] } }],
  ["inbound", "saved", { ...saved, at: "2026-01-31T12:00:00+01:00" }, { error: "saved: at: must be a valid date-time in UTC" }],
  [
    "inbound",
    "tree",
    { label: "a", children: [{ label: "b", children: [] }] },
    { echo: { label: "a", children: [{ label: "b", children: [] }] } },
  ],
  ["inbound", "names", ["a", null], { echo: ["a", null] }],
  ["inbound", "bye", null, { echo: null }],
];

describe("a param in Go", () => {
  let answers: Answer[];

  beforeAll(() => {
    const workshop = new Workshop("kinds", [toJSONSchema(protocol)]);
    answers = workshop.answers(rows.map(([direction, cmd, param]) => ({ at: 0, direction, cmd, param: JSON.stringify(param) })));
  }, 120_000);

  test.each(
    rows.map(([direction, cmd, , answer], index) => ({ answer, index, title: `${direction} ${cmd}, ${answer.error ?? "which fits"}` })),
  )("$title", ({ index, answer }) => {
    expect(answers[index]).toEqual(answer);
  });

  test("is refused in words that have nothing of what was sent", () => {
    expect(answers.filter(({ error }) => error?.includes("ecret"))).toEqual([]);
  });
});

describe("a param of another library's schema", () => {
  const whole = {
    date: "2024-02-29",
    time: "12:30",
    at: "2026-01-31T12:00:00.5Z",
    email: "ann@example.com",
    uuid: author.userID,
    url: "https://example.com/a?b",
    v4: "127.0.0.1",
    v6: "::1",
    kind: { kind: "b", n: 1 },
    tags: ["x"],
  };
  const ark = { text: "hi", n: 9, id: author.userID, either: null, list: ["a"] };
  const wrong: readonly (readonly [cmd: string, param: Record<string, unknown>, error: string])[] = [
    ["valibot", { ...whole, date: "2025-02-29" }, "date: must be a valid date"],
    ["valibot", { ...whole, time: "24:00" }, "time: must be a valid time"],
    ["valibot", { ...whole, at: "2026-01-31" }, "at: must be a date and time of RFC 3339"],
    ["valibot", { ...whole, email: "Ann <ann@example.com>" }, "email: must be a valid email"],
    ["valibot", { ...whole, uuid: "0192f0c8" }, "uuid: must be a valid uuid"],
    ["valibot", { ...whole, url: "example.com" }, "url: must be a valid uri"],
    ["valibot", { ...whole, v4: "::1" }, "v4: must be a valid ipv4"],
    ["valibot", { ...whole, v6: "127.0.0.1" }, "v6: must be a valid ipv6"],
    ["valibot", { ...whole, kind: { kind: "b" } }, "kind: n: is missing"],
    ["valibot", { ...whole, tags: ["z"] }, 'tags[0]: must be one of "x", "y"'],
    ["arktype", { ...ark, text: "" }, "text: must have at least 1 character"],
    ["arktype", { ...ark, n: 10 }, "n: must be at most 9"],
    ["arktype", { ...ark, either: true }, "either: must be one of Number, String"],
    ["arktype", { ...ark, list: [] }, "list: must have at least 1 item"],
  ];
  let answers: Answer[];

  beforeAll(() => {
    const params = [["valibot", whole], ["arktype", ark], ["arktype", { ...ark, n: undefined, either: 1.5 }], ...wrong] as const;
    // With them, protocols that have hardly anything: they compile.
    const bare: Protocol[] = [
      { inbound: { bye: z.null() }, outbound: {} },
      { inbound: {}, outbound: { leave: z.undefined() } },
      { inbound: {}, outbound: { any: z.unknown() } },
    ];
    const workshop = new Workshop("formats", [toJSONSchema(formats), ...bare.map(toJSONSchema)]);
    expect(workshop.unformatted()).toBe("");
    answers = workshop.answers(params.map(([cmd, param]) => ({ at: 0, direction: "outbound", cmd, param: JSON.stringify(param) })));
  }, 120_000);

  test("is taken where it fits", () => {
    expect(answers.slice(0, 3)).toEqual([{ echo: whole }, { echo: ark }, { echo: { ...ark, n: undefined, either: 1.5 } }]);
  });

  test.each(wrong.map(([cmd, , error], index) => ({ cmd, error, index })))("$cmd, $error", ({ cmd, error, index }) => {
    expect(answers[index + 3]).toEqual({ error: `${cmd}: ${error}` });
  });
});

test("what a Go program sends is whole without what it leaves empty: lists, records, constants", () => {
  const folder = new Workshop("zero", [toJSONSchema(protocol)]).folder;
  writeFileSync(
    join(folder, "main.go"),
    `package main

import (
	"encoding/json"
	"fmt"

	"wireline.test/contract/p0"
)

func main() {
	send := func(channel, cmd string, param json.RawMessage) error {
		fmt.Println(channel, cmd, string(param))
		return nil
	}
	fmt.Println(p0.SendTree(send, "lobby", p0.TreeEvent{Label: "a"}))
	fmt.Println(p0.SendNames(send, "lobby", nil))
	fmt.Println(p0.SendBye(send, ""))
	note, err := json.Marshal(p0.DrawCommand{Circle: &p0.DrawCommandCircle{Radius: 1}})
	fmt.Println(string(note), err)
	_, err = json.Marshal(p0.DrawCommand{})
	fmt.Println(err != nil, p0.DrawCommand{}.Validate())
	_, _ = dispatch0("", nil)
	_, _ = send0("", nil)
}
`,
  );
  const { stdout, stderr } = spawnSync("go", ["run", "."], { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toEqual([
    'lobby tree {"label":"a","children":[]}',
    "<nil>",
    "lobby names []",
    "<nil>",
    " bye null",
    "<nil>",
    '{"kind":"circle","radius":1} <nil>',
    "true must have exactly one of Circle, TextBox",
  ]);
}, 120_000);

test("schemas of Go structs, as the guide makes them, are compared with a protocol", () => {
  const cwd = resolve("test/peers");
  const { stdout, stderr, status } = spawnSync("go", ["run", "./cmd/schemas"], { cwd, encoding: "utf8" });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  const server = parseDocument(stdout, "schemas.json");
  const next = (text: z.ZodType, said: z.ZodType) => toJSONSchema({ outbound: { chat: z.object({ text }) }, inbound: { chat: said } });
  const said = z.object({ user: z.string(), text: z.string(), time: z.number() });
  const mismatches = (text: z.ZodType, event: z.ZodType) =>
    changesBetween(server, next(text, event)).filter(({ isMismatch }) => isMismatch);
  // The client sends less than the server takes, and takes more than the server sends.
  expect(mismatches(z.string().min(1).max(100), said.extend({ more: z.string().optional() }))).toEqual([]);
  expect(
    mismatches(z.string(), said.extend({ room: z.string() }))
      .map(({ where, what }) => `${where}: ${what}`)
      .sort(),
  ).toEqual(["inbound chat.room: is a new required field", "outbound chat.text: has no minLength, had 1"]);
  const folder = mkdtempSync(join(tmpdir(), "wireline-schemas-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "schemas.json"), stdout);
  const args = [
    "--import",
    "tsx",
    "src/contract/cli.ts",
    "check",
    "test/unit/contract/kinds.ts",
    join(folder, "schemas.json"),
    "--fail-on",
    "mismatch",
  ];
  const run = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(run.status).toBe(1);
  expect(run.stdout).toContain("outbound note: is a new command (breaks the server in use, so deploy the new server first)");
}, 120_000);
