import type { Protocol } from "../index";
import { type Command, commandsOf, type Definition, documentOf, withRefs } from "./document";
import { type JSONSchema, usage } from "./reader";

/** A server of an AsyncAPI document. */
export interface AsyncAPIServer {
  /** Its WebSocket address, such as `wss://example.com/connect`. */
  readonly url: string;
  /** What it is for. */
  readonly description?: string;
}

/** A channel of an AsyncAPI document. */
export interface AsyncAPIChannel {
  /** Its name on the wire; `{id}` stands for a part that varies. @default its name in `channels` */
  readonly address?: string;
  /** What it is for. */
  readonly description?: string;
  /** The commands that the server sends there. @default all */
  readonly inbound?: readonly string[];
  /** The commands that the client sends there. @default all */
  readonly outbound?: readonly string[];
}

/** What {@link toAsyncAPI} cannot read from the protocol. */
export interface AsyncAPIOptions {
  /** The title of the document. */
  readonly title: string;
  /** The version of your interface. @default "1.0.0" */
  readonly version?: string;
  /** What the interface is for. */
  readonly description?: string;
  /** The servers, by name. @default none */
  readonly servers?: Readonly<Record<string, AsyncAPIServer>>;
  /** The channels, by name. @default one, whose name is not known before it runs */
  readonly channels?: Readonly<Record<string, AsyncAPIChannel>>;
}

/** An AsyncAPI 3.0 document. */
export interface AsyncAPIDocument {
  /** The version of AsyncAPI. */
  readonly asyncapi: "3.0.0";
  /** Every other field, as the specification has it. */
  readonly [field: string]: unknown;
}

/**
 * Writes a protocol as an AsyncAPI 3.0 document of the server: it receives the outbound commands, and sends the inbound ones. The
 * `reply` of a command is the reply of its operation. Each message is described as it is on the wire: `{channel, cmd, param}`.
 *
 * @throws SocketError `usage` for a schema that JSON Schema cannot describe, for an address that is none, and for a channel with a
 * command that the protocol does not have.
 *
 * @example
 * toAsyncAPI(protocol, {
 *   title: "Chat",
 *   servers: { production: { url: "wss://example.com/connect" } },
 *   channels: { room: { address: "room-{id}" } },
 * });
 */
export function toAsyncAPI(protocol: Protocol, options: AsyncAPIOptions): AsyncAPIDocument {
  const document = documentOf(protocol, "draft-07");
  const commands = commandsOf(document);
  const { title, version = "1.0.0", description, servers = {}, channels = { default: {} } } = options;
  const schemas = Object.entries(document.$defs).map(([name, definition]) => [keyOf(name), schemaOf(definition)]);
  const parts = Object.entries(channels).map(([name, channel]) => partsOf(name, channel, "channels" in options, commands));
  return {
    asyncapi: "3.0.0",
    info: { title, version, ...(description !== undefined && { description }) },
    defaultContentType: "application/json",
    ...(Object.keys(servers).length > 0 && {
      servers: Object.fromEntries(Object.entries(servers).map(([name, server]) => [keyOf(name), serverOf(name, server)])),
    }),
    channels: Object.fromEntries(parts.map(({ key, channel }) => [key, channel])),
    operations: Object.fromEntries(parts.flatMap(({ operations }) => operations)),
    components: {
      schemas: Object.fromEntries(schemas),
      messages: Object.fromEntries(commands.map((command) => [keyOf(command.name), messageOf(command)])),
    },
  };
}

// Keys of a document have no other characters. Different names stay different.
function keyOf(name: string): string {
  return name.replace(/[^A-Za-z0-9.-]/g, (character) => (character === "_" ? "__" : `_${character.codePointAt(0)!.toString(16)}_`));
}

function serverOf(name: string, { url, description }: AsyncAPIServer): object {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw usage(`The url of the server ${name} is no address; write it like wss://example.com/connect.`, cause);
  }
  const { protocol, host, pathname, username, password } = parsed;
  if (!["ws:", "wss:"].includes(protocol) || username || password) {
    throw usage(`The url of the server ${name} is no ws: or wss: address; pass one, without a user name and password.`);
  }
  return { host, protocol: protocol.slice(0, -1), pathname, ...(description !== undefined && { description }) };
}

/** The schema of a param, without what is said about its command. */
function schemaOf({ "x-reply": _, "x-delivery": __, ...schema }: Definition): JSONSchema {
  return withRefs(schema, (ref) => `#/components/schemas/${keyOf(nameIn(ref))}`);
}

function nameIn(ref: string): string {
  return ref.replace("#/$defs/", "").replace(/~1/g, "/").replace(/~0/g, "~");
}

function messageOf({ cmd, direction, name, definition }: Command): object {
  const { description, deprecated, "x-delivery": delivery } = definition;
  const from = { type: "string", format: "uuid", description: "Who sent it, if the server says so." };
  return {
    name: cmd,
    title: cmd,
    ...(description !== undefined && { description }),
    ...(deprecated && { tags: [{ name: "deprecated" }] }),
    ...(delivery !== undefined && { "x-delivery": delivery }),
    payload: {
      type: "object",
      required: direction === "outbound" ? ["channel", "cmd", "param"] : ["cmd", "param"],
      properties: {
        ...(direction === "inbound" && { from }),
        channel: { type: "string" },
        cmd: { type: "string", const: cmd },
        param: { $ref: `#/components/schemas/${keyOf(name)}` },
      },
    },
  };
}

/** A channel and its operations. */
function partsOf(name: string, options: AsyncAPIChannel, isNamed: boolean, commands: readonly Command[]) {
  const key = keyOf(name);
  const address = isNamed ? (options.address ?? name) : null;
  for (const direction of ["inbound", "outbound"] as const) {
    const known = commands.filter((command) => command.direction === direction).map(({ cmd }) => cmd);
    const wrong = options[direction]?.find((cmd) => !known.includes(cmd));
    if (wrong !== undefined)
      throw usage(`The channel ${name} has ${wrong}, which is no ${direction} command; use one of ${known.join(", ")}.`);
  }
  const here = commands.filter(({ direction, cmd }) => options[direction]?.includes(cmd) ?? true);
  const parameters = [...new Set([...(address ?? "").matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter!))];
  const channel = {
    address,
    ...(options.description !== undefined && { description: options.description }),
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters.map((parameter) => [parameter, {}])) }),
    messages: Object.fromEntries(here.map((command) => [keyOf(command.name), { $ref: `#/components/messages/${keyOf(command.name)}` }])),
  };
  return { key, channel, operations: here.map((command) => [keyOf(`${name}.${command.name}`), operationOf(key, command, here)] as const) };
}

function operationOf(channel: string, { direction, cmd, name, definition }: Command, here: readonly Command[]): object {
  const messageIn = (message: string) => ({ $ref: `#/channels/${channel}/messages/${keyOf(message)}` });
  const { "x-reply": reply, description } = definition;
  const answers = here.some((other) => other.name === `inbound.${reply}`);
  return {
    action: direction === "outbound" ? "receive" : "send",
    title: cmd,
    channel: { $ref: `#/channels/${channel}` },
    ...(description !== undefined && { summary: description }),
    messages: [messageIn(name)],
    ...(answers && { reply: { channel: { $ref: `#/channels/${channel}` }, messages: [messageIn(`inbound.${reply}`)] } }),
  };
}
