import { deflateRawSync } from "node:zlib";
import type { Random } from "../soak/random";
import type { Mode } from "./modes";
import { setups } from "./modes";

// What a hostile client sends: it knows the protocol and breaks it. Everything is drawn from a seed.

/** One connection of such a client. */
export interface Attack {
  /** What it sends at once: an upgrade request, right or wrong, or requests. */
  readonly first: Buffer;
  /** What it sends after the answer, piece by piece; empty for plain requests. */
  readonly then: readonly Buffer[];
  /** Whether it reads the answers. */
  readonly reads: boolean;
  /** Whether it ends its side after the last piece. Otherwise it stays until it is cut off. */
  readonly ends: boolean;
}

/** What the attacks go by. */
export interface Target {
  readonly mode: Mode;
  readonly port: number;
  /** What the chat takes as a log-in. */
  readonly token: string;
}

/** Draws the next attack. */
export function attackOf(random: Random, target: Target): Attack {
  const reads = random.percent(85);
  const ends = random.percent(50);
  const kind = random.below(10);
  if (kind < 2) return { first: requestsOf(random, target), then: [], reads, ends };
  if (kind < 4) return { first: upgradeOf(random, target, mutated), then: [], reads, ends };
  const compressed = random.percent(40);
  const first = upgradeOf(random, target, (_, headers) => {
    if (compressed) headers.push(["Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"]);
  });
  return { first, then: pieces(random, framesOf(random, target, compressed)), reads, ends };
}

type Header = [name: string, value: string];

const methods = ["GET", "GET", "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "CONNECT", "TRACE", "PRI", "get", "\u0000"];
const oddTexts = [
  "",
  " ",
  "null",
  "-1",
  "0",
  "1e9",
  "a,b,,c",
  "\t",
  "é😀",
  "\u0001",
  "%00",
  "__proto__",
  "'\";--",
  "\ud800",
  "\u001b[2J",
  "x".repeat(300),
];

/** A text: an odd one, one of a few names, or random characters. */
function textOf(random: Random): string {
  const kind = random.below(10);
  if (kind < 4) return random.pick(oddTexts)!;
  if (kind < 8) return random.pick(names)!;
  if (kind < 9) return String.fromCharCode(...Array.from({ length: random.below(30) }, () => random.below(0x10000)));
  return random.pick(["x", "😀", "\u0000", " ", "["])!.repeat(random.below(20_000));
}

/** A path of the mode's, or something near one. */
function pathOf(random: Random, paths: readonly string[]): string {
  const path = random.pick(paths)!;
  const kind = random.below(8);
  if (kind === 0) return `/${path}/`;
  if (kind === 1)
    return `${path}${path.includes("?") ? "&" : "?"}${encodeURIComponent(Buffer.from(textOf(random)).toString())}=${"%".repeat(random.below(3))}`;
  if (kind === 2)
    return random.pick(["*", "/", "//", "/%", "/..", "http://evil.example/", "/__proto__", `/${"a".repeat(random.below(20_000))}`, "?"])!;
  return path;
}

/** An upgrade request, which a function may change. */
function upgradeOf(random: Random, { mode, port }: Target, change: (random: Random, headers: Header[]) => unknown): Buffer {
  const headers: Header[] = [
    ["Host", `127.0.0.1:${port}`],
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", Buffer.from(Array.from({ length: 16 }, () => random.below(256))).toString("base64")],
  ];
  const { sockets } = setups[mode];
  const isWrong = change(random, headers) === true;
  const line = isWrong
    ? `${random.percent(70) ? "GET" : random.pick(methods)} ${pathOf(random, sockets)} HTTP/1.${random.percent(90) ? 1 : random.below(10)}`
    : `GET ${random.pick(sockets)} HTTP/1.1`;
  const text = `${[line, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;
  return isWrong ? spoiled(random, Buffer.from(text), 20) : Buffer.from(text);
}

/** Makes up to three changes to the headers of an upgrade request. */
function mutated(random: Random, headers: Header[]): boolean {
  for (let changes = random.below(3) + 1; changes > 0; changes -= 1) {
    const index = random.below(headers.length);
    const [name, value] = headers[index]!;
    switch (random.below(8)) {
      case 0:
        if (headers.length > 1) headers.splice(index, 1);
        break;
      case 1:
        headers.splice(index, 0, [name, value]);
        break;
      case 2:
        headers[index] = [name, headerOf(random)];
        break;
      case 3:
        headers.push(["Origin", random.pick(["null", "http://evil.example", "", "http://127.0.0.1", headerOf(random)])!]);
        break;
      case 4:
        headers.push([
          "Sec-WebSocket-Extensions",
          random.pick([
            "permessage-deflate; client_max_window_bits=99",
            "permessage-deflate; server_max_window_bits=8; server_no_context_takeover; client_no_context_takeover",
            "permessage-deflate,".repeat(random.below(500) + 1),
            'permessage-deflate; a="\\"',
            headerOf(random),
          ])!,
        ]);
        break;
      case 5:
        headers.push([
          "Sec-WebSocket-Protocol",
          random.pick(["v1.chat, v2.chat", "v1.chat, v1.chat", ",", "a,".repeat(2_000), headerOf(random)])!,
        ]);
        break;
      case 6:
        headers.push([
          random.pick(["Content-Length", "Transfer-Encoding", "Expect", "Cookie", "X", headerOf(random) || "Y"])!,
          headerOf(random),
        ]);
        break;
      default:
        headers[index] = [name, value.toUpperCase()];
    }
  }
  return true;
}

/** The value of a header, mostly without what would end its line. */
function headerOf(random: Random): string {
  const text = textOf(random);
  return random.percent(90) ? text.replace(/[\r\n\0]/g, "") : text;
}

/** Some requests, one behind the other. */
function requestsOf(random: Random, { mode, port }: Target): Buffer {
  const { pages, sockets } = setups[mode];
  const requests = Array.from({ length: random.below(4) + 1 }, () => {
    const body = random.percent(50) ? Buffer.from(random.percent(50) ? jsonOf(random, 3) : textOf(random)) : Buffer.alloc(0);
    const said = random.pick([body.length, body.length, body.length, body.length + 10, -1, 1e15, "x", undefined]);
    const chunked = random.percent(10);
    const lines = [
      `${random.percent(60) ? random.pick(["GET", "POST"]) : random.pick(methods)} ${pathOf(random, [...pages, ...sockets])} HTTP/1.1`,
      `Host: ${random.percent(90) ? `127.0.0.1:${port}` : headerOf(random)}`,
      `Content-Type: ${random.percent(80) ? "application/json" : headerOf(random)}`,
      ...(random.percent(20) ? [`Origin: ${headerOf(random)}`] : []),
      ...(random.percent(5) ? ["Expect: 100-continue"] : []),
      ...(chunked ? ["Transfer-Encoding: chunked"] : said === undefined ? [] : [`Content-Length: ${said}`]),
      ...(random.percent(10) ? ["Connection: close"] : []),
      ...(random.percent(5) ? [`X: ${"y".repeat(random.below(20_000))}`] : []),
    ];
    const content = chunked ? [`${random.percent(80) ? body.length.toString(16) : "fffffffff"}\r\n`, body, "\r\n0\r\n\r\n"] : [body];
    return Buffer.concat([`${lines.join("\r\n")}\r\n\r\n`, ...content].map((part) => Buffer.from(part as string)));
  });
  return spoiled(random, Buffer.concat(requests), 10);
}

const names = ["lobby", "den", "example", "admin", "ann", "bob", "page", "hi", "1", "text"];
const cmds = [
  "ping",
  "chat",
  "join",
  "leave",
  "join-room",
  "leave-room",
  "login",
  "typing",
  "seen",
  "fault",
  "broadcast",
  "fail",
  "panic",
  "constructor",
];

/** Any JSON, and at times what is nearly JSON: members twice, numbers that do not fit, half surrogate pairs. */
function jsonOf(random: Random, depth: number): string {
  const kind = random.below(depth > 0 ? 12 : 8);
  if (kind < 1)
    return random.pick(["null", "true", "false", "NaN", "undefined", "-0", "1e400", "-1e-400", "9007199254740993", "0x1", "01"])!;
  if (kind < 3) return String(random.below(100));
  if (kind < 4) return String.raw`"\ud800\u0000\u2028\udc00"`;
  if (kind < 8) return JSON.stringify(textOf(random));
  const values = Array.from({ length: random.below(5) }, () => jsonOf(random, depth - 1));
  if (kind < 10) return `[${values.join(",")}]`;
  const keys = [
    "text",
    "room",
    "token",
    "id",
    "time",
    "kind",
    "duration",
    "to",
    "cmd",
    "channel",
    "__proto__",
    "content",
    "user",
    "typing",
  ];
  return `{${values.map((value) => `${JSON.stringify(random.pick(keys))}:${value}`).join(",")}}`;
}

/** What a param is for a command that knows it. */
function paramOf(random: Random, cmd: string, { token }: Target): string {
  const text = JSON.stringify(textOf(random).slice(0, 2_100));
  const id = JSON.stringify(random.pick(names));
  const room = JSON.stringify(random.pick(names));
  // Short, so that nothing is stalled or refused when the heap is measured.
  const fault = `{"kind":${JSON.stringify(random.pick(["cut", "stall", "restart", "expire"]))},"duration":${random.below(20) + 1}}`;
  const params: Record<string, string> = {
    chat: `{"id":${id},"text":${text}}`,
    "join-room": `{"room":${room}}`,
    "leave-room": `{"room":${room}}`,
    login: `{"token":${JSON.stringify(token)}}`,
    typing: `{"typing":true}`,
    seen: `{"time":${random.below(2 ** 31)}}`,
    fault,
    broadcast: `{"to":${JSON.stringify(random.pick(["all", "channel", "connection"]))},"channel":${room},"id":${id},"cmd":"n","param":${text}}`,
  };
  return params[cmd] ?? "{}";
}

/** What a message says: by the mode's protocol, more or less. */
function saidOf(random: Random, target: Target): Buffer {
  const kind = random.below(20);
  if (kind === 0) return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
  if (kind === 1) return Buffer.from(random.pick(["[", '{"a":', "[[],", '"\\u'])!.repeat(random.below(50_000)));
  if (kind === 2) return Buffer.from(jsonOf(random, 6));
  if (target.mode.startsWith("go")) {
    const known = [
      "null",
      "number",
      "map",
      `{"content":${JSON.stringify(textOf(random))},"user":"ann"}`,
      `"${Buffer.from(textOf(random)).toString("base64")}"`,
    ];
    return spoiled(random, Buffer.from(random.percent(80) ? random.pick(known)! : textOf(random)), 5);
  }
  const cmd = random.percent(90) ? random.pick(cmds)! : textOf(random);
  const param = random.percent(80) ? paramOf(random, cmd, target) : jsonOf(random, 4);
  const channel = random.percent(80) ? random.pick(names)! : textOf(random);
  const members = [
    `"channel":${JSON.stringify(channel)}`,
    `"cmd":${JSON.stringify(cmd)}`,
    `"param":${param}`,
    ...(random.percent(5) ? [`"cmd":1`, `"from":"me"`] : []),
  ];
  return spoiled(random, Buffer.from(`{${members.join(",")}}`), 5);
}

/** The frames of one connection. */
function framesOf(random: Random, target: Target, compressed: boolean): Buffer {
  const frames: Buffer[] = [];
  const login = target.mode === "chat" && random.percent(80);
  if (login) frames.push(frame(random, 1, Buffer.from(`{"channel":"lobby","cmd":"login","param":{"token":"${target.token}"}}`)));
  for (let left = random.below(12) + 1; left > 0; left -= 1) {
    const kind = random.below(20);
    if (kind < 10) frames.push(messageOf(random, saidOf(random, target), compressed));
    else if (kind < 12) frames.push(inParts(random, saidOf(random, target)));
    else if (kind < 14) frames.push(frame(random, random.pick([9, 10])!, Buffer.alloc(random.below(126), "p")));
    else if (kind < 15)
      frames.push(Buffer.concat(Array.from({ length: random.below(300) }, () => frame(random, random.pick([9, 1, 2])!, Buffer.from("x")))));
    else if (kind < 16)
      frames.push(...Array.from({ length: random.below(40) }, () => messageOf(random, saidOf(random, target), compressed)));
    else if (kind < 17) frames.push(closeOf(random));
    else if (kind < 18) frames.push(messageOf(random, random.pick(bombs)!, compressed));
    else if (kind < 19) frames.push(lyingOf(random));
    else frames.push(brokenOf(random));
  }
  return spoiled(random, Buffer.concat(frames), 5);
}

/** Much that compresses well: of spaces, of brackets, and of one character in a string. */
const bombs = [" ", "[", "x"].map((character) => Buffer.from(`"${character.repeat(200_000)}`));
const deflated = new Map<Buffer, Buffer>(bombs.map((bomb) => [bomb, deflateRawSync(bomb)]));
/** One that is larger than any server takes, made of zeros. */
const hugeBomb = deflateRawSync(Buffer.alloc(2 ** 26));

/** A message in one frame, at times compressed, rightly or not. */
function messageOf(random: Random, said: Buffer, compressed: boolean): Buffer {
  const opcode = random.percent(85) ? 1 : 2;
  if (!compressed || random.percent(30)) return frame(random, opcode, said);
  if (random.percent(3)) return frame(random, opcode, hugeBomb, 0xc0);
  const packed = random.percent(90) ? (deflated.get(said) ?? deflateRawSync(said)) : said;
  return frame(random, opcode, packed, 0xc0);
}

/** A message in pieces, with control frames between them. */
function inParts(random: Random, said: Buffer): Buffer {
  const frames: Buffer[] = [];
  const parts = random.below(30) + 2;
  for (let part = 0; part < parts; part += 1) {
    const piece = said.subarray(Math.floor((part * said.length) / parts), Math.floor(((part + 1) * said.length) / parts));
    frames.push(frame(random, part === 0 ? 1 : 0, piece, part === parts - 1 ? 0x80 : 0));
    if (random.percent(20)) frames.push(frame(random, 9, Buffer.alloc(0)));
  }
  return Buffer.concat(frames);
}

function closeOf(random: Random): Buffer {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(random.percent(50) ? 1000 + random.below(20) : random.below(65_536));
  const payload = Buffer.concat([code, Buffer.from(textOf(random)).subarray(0, random.below(124))]);
  return frame(random, 8, payload.subarray(0, random.percent(80) ? payload.length : random.below(2)));
}

/** A frame whose length is not what follows. */
function lyingOf(random: Random): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(random.pick([2n ** 63n, 2n ** 63n - 1n, 2n ** 53n, 2n ** 32n, 2n ** 31n, 70_000n, 3n])!);
  return Buffer.concat([
    Buffer.from([0x80 | random.pick([0, 1, 2, 8, 9])!, 0xff]),
    length,
    Buffer.alloc(4),
    Buffer.alloc(random.below(1_000)),
  ]);
}

/** A frame whose first bytes are any. */
function brokenOf(random: Random): Buffer {
  return Buffer.from([random.below(256), random.below(256), ...Array.from({ length: random.below(40) }, () => random.below(256))]);
}

/** A client's frame, masked; `flags` are its final and reserved bits. */
function frame(random: Random, opcode: number, payload: Buffer, flags = 0x80): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = flags | opcode;
  head[1] = 0x80 | (head.length === 2 ? length : head.length === 4 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  const mask = Buffer.from([random.below(256), random.below(256), random.below(256), random.below(256)]);
  const masked = Buffer.from(payload);
  for (let index = 0; index < length; index += 1) masked[index]! ^= mask[index & 3]!;
  return Buffer.concat([head, mask, masked]);
}

/** Changes bytes, or cuts off the end, in so many of a hundred cases. */
function spoiled(random: Random, bytes: Buffer, share: number): Buffer {
  if (bytes.length === 0 || !random.percent(share)) return bytes;
  if (random.percent(40)) return bytes.subarray(0, random.below(bytes.length));
  for (let changes = random.below(4) + 1; changes > 0; changes -= 1) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

/** Cuts bytes at some places. */
function pieces(random: Random, bytes: Buffer): Buffer[] {
  const cuts = Array.from({ length: random.below(5) }, () => random.below(bytes.length + 1)).sort((one, other) => one - other);
  return [0, ...cuts].map((cut, index) => bytes.subarray(cut, cuts[index] ?? bytes.length));
}
