import assert from "node:assert/strict";
import { closing, frame } from "../faults/frames";
import type { Client } from "./client";
import { placeOf } from "./gorilla";
import { about, type Statement } from "./statement";

// What gorilla/websocket takes for a breach of the protocol, and what comes of it.

const all = about("goyave", "gofr", "projectforge");
const words = about("goyave", "goyave in debug mode", "gofr", "projectforge");
const formless = about("goyave", "goyave in debug mode", "gofr");
const goyave = about("goyave");
const debug = about("goyave in debug mode");
const ending = about("gofr", "projectforge");

/** Close codes that gorilla does not take from a client. */
const codes = [0, 999, 1004, 1005, 1006, 1014, 1015, 1016, 2999, 5000, 65_535];

/** A client's frame, with what is wrong with it. */
const wrong = (options: Parameters<typeof frame>[0]) => frame({ masked: true, ...options });

/** What breaks the protocol, gorilla 1.5.3's words for it, and those of 1.4.2, which names the first fault only. */
const violations: readonly (readonly [bytes: Buffer, words: string, before: string])[] = [
  [frame({ payload: "hi" }), "bad MASK", "incorrect mask flag"],
  [wrong({ payload: "hi", reserved: 4 }), "RSV1 set", "unexpected reserved bits 0x40"],
  [wrong({ payload: "hi", reserved: 2 }), "RSV2 set", "unexpected reserved bits 0x20"],
  [wrong({ payload: "hi", reserved: 1 }), "RSV3 set", "unexpected reserved bits 0x10"],
  ...[3, 7, 11, 15].map((opcode) => [wrong({ opcode }), `bad opcode ${opcode}`, `unknown opcode ${opcode}`] as const),
  [wrong({ opcode: 0, payload: "hi" }), "continuation after FIN", "continuation after final message frame"],
  [
    Buffer.concat([wrong({ payload: "h", fin: false }), wrong({ payload: "i" })]),
    "data before FIN",
    "message start before final message frame",
  ],
  ...[8, 9, 10].flatMap(
    (opcode) =>
      [
        [wrong({ opcode, fin: false }), "FIN not set on control", "control frame not final"],
        [wrong({ opcode, payload: Buffer.alloc(126) }), "len > 125 for control", "control frame length > 125"],
      ] as const,
  ),
  [frame({ opcode: 3, reserved: 7 }), "RSV1 set, RSV2 set, RSV3 set, bad opcode 3, bad MASK", "unexpected reserved bits 0x70"],
  [
    frame({ opcode: 9, payload: Buffer.alloc(126), fin: false }),
    "len > 125 for control, FIN not set on control, bad MASK",
    "control frame length > 125",
  ],
  ...["invalid utf8 payload in close frame"].map(
    (both) => [wrong({ opcode: 8, payload: Buffer.concat([closing(1000), Buffer.from([0xc3, 0x28])]) }), both, both] as const,
  ),
  ...codes.map((code) => [wrong({ opcode: 8, payload: closing(code) }), `bad close code ${code}`, "invalid close code"] as const),
];

/** The close frame that a breach is answered with: Goyave 3 has gorilla 1.4.2, the others have 1.5.3. */
const answerOf = ({ column }: Client, [, words, before]: (typeof violations)[number]) =>
  `close 1002 ${column.name === "goyave3" ? before : words}`;

const [unmaskedBreach] = violations as [(typeof violations)[number]];
const [unmasked] = unmaskedBreach;

/** The statements about what breaks the protocol. */
export const violationStatements: Statement[] = [
  all("a close code that gorilla does not know is answered with 1002", async (client) => {
    for (const code of codes) {
      const line = await client.open(placeOf(client).path);
      line.bye(code);
      assert.match(await line.hears(), /^close 1002\b/, String(code));
    }
  }),
  all("a frame that is not masked, or of a kind that is not there, is answered with 1002", async (client) => {
    for (const bytes of [unmasked, wrong({ opcode: 3 }), wrong({ opcode: 9, fin: false })]) {
      const line = await client.open(placeOf(client).path);
      line.raw(bytes);
      assert.match(await line.hears(), /^close 1002\b/);
    }
  }),
  words("what breaks the protocol is answered with 1002 and the words of its gorilla, and the framework adds nothing", async (client) => {
    for (const violation of violations) {
      const line = await client.open(placeOf(client).path);
      line.raw(violation[0]);
      assert.equal(await line.hears(), answerOf(client, violation));
    }
  }),
  formless("what was said before the breach is answered", async (client) => {
    const line = await client.open(placeOf(client).path);
    line.say("hi");
    line.ping("hi");
    line.raw(unmasked);
    for (const heard of ["text hi", "pong hi", answerOf(client, unmaskedBreach)]) assert.equal(await line.hears(), heard);
  }),
  goyave("after it nothing more is read, not even the client's close frame", async (client) => {
    const line = await client.open(placeOf(client).path);
    line.raw(unmasked);
    assert.equal(await line.hears(), answerOf(client, unmaskedBreach));
    line.bye(1002);
    line.ping("there?");
    assert.equal(await client.hearsMeanwhile(line), "silence");
  }),
  debug("after it TCP ends when the timeout of the close handshake has passed", async (client) => {
    const line = await client.open(placeOf(client).path);
    line.raw(unmasked);
    assert.deepEqual([await line.hears(), await line.hears()], [answerOf(client, unmaskedBreach), "end"]);
  }),
  ending("after it TCP ends, as after a close", async (client) => {
    for (const violation of violations) {
      const line = await client.open(placeOf(client).path);
      line.raw(violation[0]);
      assert.deepEqual([await line.hears(), await line.hears()], [answerOf(client, violation), "end"]);
    }
  }),
];
