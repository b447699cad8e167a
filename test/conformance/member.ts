import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Client } from "./client";
import type { Line } from "./line";

/** What a server after Project Forge says, as a message. */
export interface Said {
  from?: string;
  channel?: string;
  cmd: string;
  param: unknown;
}

/** A member of a channel of Project Forge's, who reads what is said as messages. */
export class Member {
  readonly line: Line;
  readonly #waiting: Said[] = [];

  constructor(line: Line) {
    this.line = line;
  }

  /** Joins a channel: the server says 101 before it has joined anybody, but answers only afterwards. */
  static async of(client: Client, channel: string, path = "/connect"): Promise<Member> {
    const member = new Member(await client.open(`${path}?ch=${channel}&user=ann`));
    member.say("ping");
    await member.hears("pong");
    return member;
  }

  /** A tap, who is one already: its 101, too, comes before that, so something is said in a channel until it hears that. */
  static async tapping(client: Client, channel: string): Promise<Member> {
    const tap = new Member(await client.open("/admin/websocket/socket"));
    let deaf = true;
    const marked = tap.hears("mark").finally(() => (deaf = false));
    while (deaf) await client.order(`channel?ch=${channel}&cmd=mark`);
    await marked;
    return tap;
  }

  say(cmd: string, param: unknown = {}, channel = ""): void {
    this.line.say(JSON.stringify({ channel, cmd, param }));
  }

  /** The first message of a command that is meant, whatever came before it: nothing has an order. */
  async hears(cmd: string, isMeant: (said: Said) => boolean = () => true): Promise<Said> {
    const index = this.#waiting.findIndex((said) => said.cmd === cmd && isMeant(said));
    if (index >= 0) return this.#waiting.splice(index, 1)[0]!;
    for (;;) {
      const heard = await this.line.hears();
      assert.match(heard, /^text /);
      const said = JSON.parse(heard.slice(5)) as Said;
      if (said.cmd === cmd && isMeant(said)) return said;
      this.#waiting.push(said);
    }
  }

  /** Every message that has come when a channel of its has said more, after all that the member said was handled. */
  async heardSoFar(client: Client, channel: string): Promise<Said[]> {
    this.say("ping");
    await this.hears("pong");
    // What is on its way to a channel may be overtaken, but hardly by what is said when the one before has arrived.
    for (const mark of [randomUUID(), randomUUID(), randomUUID()]) {
      await client.order(`channel?ch=${channel}&cmd=mark`, mark);
      await this.hears("mark", ({ param }) => param === mark);
    }
    return this.#waiting.filter(({ cmd }) => cmd !== "mark");
  }
}

/** Joins a channel in which a first member is, and gives the id by which that one is told. */
export async function follow(client: Client, first: Member, channel: string, path?: string): Promise<[Member, string]> {
  const member = await Member.of(client, channel, path);
  const { param } = await first.hears("online-update");
  return [member, (param as { userID: string }).userID];
}

/** What the server has counted. */
export interface Stats {
  messagesSent: number;
  messagesReceived: number;
  bytesSent: number;
  bytesReceived: number;
  started: string;
}

/** What the server tells of itself. */
export interface Status {
  channels: { key: string; connIDs: string[]; lastUpdate: string; stats: Stats }[];
  connections: { id: string; profile: { name: string }; svc: string; channels?: string[]; started: string; stats: Stats }[];
}

/** Asks the server for its status. */
export async function statusOf(client: Client): Promise<Status> {
  return (await (await fetch(`${client.url}/control/status`)).json()) as Status;
}

/** Whom the server lists as members of a channel. */
export async function idsIn(client: Client, channel: string): Promise<string[]> {
  return (await statusOf(client)).connections.filter(({ channels }) => channels?.includes(channel)).map(({ id }) => id);
}
