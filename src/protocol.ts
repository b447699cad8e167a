import type { Message } from "./messages/message";
import { isSchema, type InputOf, type OutputOf, type Schema } from "./messages/schema";
import { printable } from "./text";
import { checkKinds, type Kinds, usage } from "./usage";

/** A command of the server: the schema of its param, alone or as `{param}`. */
export type InboundDefinition =
  | Schema
  | {
      /** The schema of its param. */
      readonly param: Schema;
    };

/** A command of the client: the schema of its param, alone or with rules. */
export type OutboundDefinition = Schema | Rules;

/** What the protocol says about a command of the client. */
export interface Rules {
  /** The schema of its param. */
  readonly param: Schema;
  // Spelled out, so that the compiler lists the words when one is wrong.
  /** What happens to a message that cannot leave at once. @default "queue" */
  readonly delivery?: "queue" | "drop" | "latest" | "confirm" | undefined;
  /** The command that the server replies with. `request` and `confirm` need it. */
  readonly reply?: string | undefined;
  /** How long a message may wait or be kept, in milliseconds. @default the `ttl` of the `queue` option */
  readonly ttl?: number | undefined;
  // `never`, because each command has params of its own; `CommandRules` has their types.
  /** For `latest`: messages with the same key replace each other. @default one key for all messages */
  readonly key?: ((param: never) => string | number) | undefined;
  /** Whether a reply answers a message, by their params. @default the oldest message is answered first */
  readonly match?: ((sent: never, reply: never) => boolean) | undefined;
}

/**
 * What happens to a message that cannot leave at once.
 *
 * - `queue`: it waits, in order, up to a limit.
 * - `drop`: it is dropped.
 * - `latest`: it waits, and replaces an older one of the same channel, command and key. It also waits while the
 *   WebSocket holds too many bytes.
 * - `confirm`: it is kept until the server has replied, and resent after a reconnect. It arrives at least once, or is
 *   reported to `onDrop`.
 */
export type Delivery = NonNullable<Rules["delivery"]>;

/** The commands of both sides. Made by {@link defineProtocol}. */
export interface Protocol<
  Inbound extends Record<string, InboundDefinition> = Record<string, InboundDefinition>,
  Outbound extends Record<string, OutboundDefinition> = Record<string, OutboundDefinition>,
> {
  /** Commands from the server. */
  readonly inbound: Inbound;
  /** Commands to the server. */
  readonly outbound: Outbound;
}

type SchemaOf<Definition> = Definition extends { readonly param: infer S extends Schema } ? S : Definition;
type Param<Definition> = OutputOf<SchemaOf<Definition>>;

/** The commands that the server may send. */
export type InboundCommand<P extends Protocol> = keyof P["inbound"] & string;

/** The commands that the client may send. */
export type OutboundCommand<P extends Protocol> = keyof P["outbound"] & string;

/** The commands of the client for which the protocol names a reply. */
export type RequestCommand<P extends Protocol> = {
  [C in OutboundCommand<P>]: P["outbound"][C] extends { readonly reply: string } ? C : never;
}[OutboundCommand<P>];

/** The command that the protocol names as the reply to another. */
export type ReplyCommand<P extends Protocol, C extends OutboundCommand<P>> = P["outbound"][C] extends {
  readonly reply: infer R extends InboundCommand<P>;
}
  ? R
  : never;

/** The param that listeners of a command get: the output of its schema. */
export type InboundParam<P extends Protocol, C extends InboundCommand<P>> = Param<P["inbound"][C]>;

/** The param that `send` takes for a command: the input of its schema. */
export type OutboundParam<P extends Protocol, C extends OutboundCommand<P>> = InputOf<SchemaOf<P["outbound"][C]>>;

/** Every message that the server may send, as a union. Switch on its `cmd`. */
export type InboundMessage<P extends Protocol, C extends InboundCommand<P> = InboundCommand<P>> = {
  [K in C]: Message<K, InboundParam<P, K>>;
}[C];

/** A listener of one command, as `on` takes it. */
export type Listener<P extends Protocol, C extends InboundCommand<P>> = (param: InboundParam<P, C>, message: InboundMessage<P, C>) => void;

/** Every message that the client may send, as a union. */
export type OutboundMessage<P extends Protocol, C extends OutboundCommand<P> = OutboundCommand<P>> = {
  [K in C]: {
    /** The channel to send it in. @default the socket's own channel */
    readonly channel?: string | undefined;
    /** The command. */
    readonly cmd: K;
  } & ParamField<OutboundParam<P, K>>;
}[C];

type ParamField<T> = undefined extends T ? { readonly param?: T } : { readonly param: T };

/** Which reply answers a message. */
export interface ReplyOptions<P extends Protocol, C extends OutboundCommand<P>, R extends InboundCommand<P>> {
  /** The command that the server replies with. @default the `reply` of its command */
  reply?: R | undefined;
  /** Whether a reply answers the message, by their params. @default the `match` of its command, or the oldest message is answered first */
  match?: ((sent: Param<P["outbound"][C]>, reply: InboundParam<P, R>) => boolean) | undefined;
}

/** How one message is delivered, where that differs from the rules of its command. `reply` and `match` are for `confirm`. */
export interface SendOptions<
  P extends Protocol = Protocol,
  C extends OutboundCommand<P> = OutboundCommand<P>,
  R extends InboundCommand<P> = PossibleReply<P, C>,
> extends ReplyOptions<P, C, R> {
  /** What happens if it cannot leave at once. @default that of its command, or "queue" */
  delivery?: Rules["delivery"];
  /** How long it may wait or be kept, in milliseconds. @default that of its command, or of the `queue` option */
  ttl?: number | undefined;
  /** For `latest`: it replaces messages with the same key. @default that of its command, or one key for all messages */
  key?: string | number | undefined;
}

/** How a request is made. */
export interface RequestOptions<
  P extends Protocol = Protocol,
  C extends OutboundCommand<P> = OutboundCommand<P>,
  R extends InboundCommand<P> = InboundCommand<P>,
> extends ReplyOptions<P, C, R> {
  /** The channel of the request and its reply. @default the socket's own channel */
  channel?: string | undefined;
  /** Aborts the request. */
  signal?: AbortSignal | undefined;
  /** How long the reply may take, in milliseconds. @default 10000 */
  timeout?: number | undefined;
}

/** How a message is confirmed. */
export interface ConfirmOptions<
  P extends Protocol = Protocol,
  C extends OutboundCommand<P> = OutboundCommand<P>,
  R extends InboundCommand<P> = InboundCommand<P>,
> extends ReplyOptions<P, C, R> {
  /** The channel of the message and its reply. @default the socket's own channel */
  channel?: string | undefined;
  /** Stops waiting and resending when aborted. A message that has left may still arrive. */
  signal?: AbortSignal | undefined;
  /** How long the message may be kept, in milliseconds. @default that of its command, or of the `queue` option */
  ttl?: number | undefined;
}

// The reply that the protocol names, or any command of the server where it names none.
type PossibleReply<P extends Protocol, C extends OutboundCommand<P>> = [ReplyCommand<P, C>] extends [never]
  ? InboundCommand<P>
  : ReplyCommand<P, C>;

// The first parameter of `send`, `request` and `confirm`. Its type is what the user wrote where that is right, and otherwise
// what would be right. So the compiler's first line names the wrong word and the allowed ones; overloads would bury it.

// A command, if the client may send it; otherwise the commands that it may send.
export type Command<P extends Protocol, C> = [C] extends [OutboundCommand<P>] ? C : keyof P["outbound"] & string;

// A command or a message.
export type CommandOrMessage<P extends Protocol, C> = [C] extends [{ readonly cmd: unknown }]
  ? OutboundMessage<P, C["cmd"] extends OutboundCommand<P> ? C["cmd"] : OutboundCommand<P>>
  : Command<P, C>;

// A command with a reply that is named in the protocol or in the options.
export type CommandWithReply<P extends Protocol, C, R> = [C] extends [OutboundCommand<P>]
  ? [R] extends [never]
    ? `${C} has no reply: name one in the protocol or in the options`
    : C
  : Command<P, C>;

// The reply that the protocol names for a command.
export type NamedReply<P extends Protocol, C> = [C] extends [OutboundCommand<P>] ? ReplyCommand<P, C> : never;

// The command of a command or message.
export type CommandOf<P extends Protocol, C> =
  C extends OutboundCommand<P> ? C : C extends { readonly cmd: infer K extends OutboundCommand<P> } ? K : OutboundCommand<P>;

// The param of `send(cmd, param)`, as arguments. It may be omitted where `undefined` is allowed, and is absent for a
// message. If the command is one of several, the param must fit each of them.
export type ParamArgument<P extends Protocol, C> = [C] extends [OutboundCommand<P>]
  ? undefined extends ParamOfEach<P, C>
    ? [param?: ParamOfEach<P, C>]
    : [param: ParamOfEach<P, C>]
  : [C] extends [string] // The command is wrong, and only that is to be reported.
    ? [param?: unknown]
    : [];

// The intersection of what several commands take. A union of functions accepts what each of them accepts.
type ParamOfEach<P extends Protocol, C extends OutboundCommand<P>> = { [K in C]: (param: OutboundParam<P, K>) => void }[C] extends (
  param: infer Param,
) => void
  ? Param
  : never;

// The reply that `send` expects by default.
export type DefaultReply<P extends Protocol, C> = PossibleReply<P, CommandOf<P, C>>;

// The rules of one command, with the types of its param and its reply.
interface CommandRules<Sent, ReplyName extends string, Reply> extends Rules {
  readonly reply?: ReplyName | undefined;
  readonly key?: ((param: Sent) => string | number) | undefined;
  readonly match?: ((sent: Sent, reply: Reply) => boolean) | undefined;
}

// The rules of a command that needs a reply.
interface AnsweredRules<Sent, ReplyName extends string, Reply> extends CommandRules<Sent, ReplyName, Reply> {
  readonly reply: ReplyName;
}

// What `D`, the definition of a command as the user wrote it, must be. The second branch is never chosen. The compiler
// infers `D` from it, property by property, before it knows the types of the functions in it. So `key` and `match` get
// their types from `param` and `reply`.
type Checked<D, Inbound> = D extends Schema
  ? D
  : [Inbound] extends [never]
    ? { [K in keyof D]: D[K] }
    : NeedsReply<D> extends true
      ? AnsweredRules<Sent<D>, keyof Inbound & string, Reply<D, Inbound>>
      : CommandRules<Sent<D>, keyof Inbound & string, Reply<D, Inbound>>;

type Sent<D> = OutputOf<D["param" & keyof D]>;
type Reply<D, Inbound> = Param<Inbound[D["reply" & keyof D] & keyof Inbound]>;
type NeedsReply<D> = "confirm" extends D["delivery" & keyof D]
  ? true
  : "match" extends keyof D
    ? undefined extends D["match"]
      ? false
      : true
    : false;

// The definitions as the user wrote them. Wrong ones, which are reported already, may be anything.
type Defined<Outbound> = {
  readonly [C in keyof Outbound]: Outbound[C] extends Schema
    ? Outbound[C]
    : Outbound[C] extends Rules // A copy, since the compiler treats what it knows to be a literal more strictly.
      ? { readonly [K in keyof Outbound[C]]: Outbound[C][K] } & {}
      : OutboundDefinition;
};

/**
 * Declares the commands of both sides. Returns its argument, with the types inferred from it.
 *
 * @example
 * const protocol = defineProtocol({
 *   inbound: { chat: z.object({ user: z.string(), text: z.string() }) },
 *   outbound: { chat: z.object({ text: z.string().min(1) }) },
 * });
 */
export function defineProtocol<const Inbound extends Record<string, InboundDefinition>, const Outbound>(protocol: {
  inbound: Inbound;
  outbound: { [C in keyof Outbound]: Checked<Outbound[C], Inbound> };
}): Protocol<Inbound, Defined<Outbound>> {
  rulesOf(protocol as never);
  return protocol as never;
}

/** A protocol as messages are checked by it: the rules of each command, by its name. */
export interface ProtocolRules {
  readonly inbound: ReadonlyMap<string, Rules>;
  readonly outbound: ReadonlyMap<string, Rules>;
}

// One for all sockets of a protocol.
const known = /* @__PURE__ */ new WeakMap<Protocol, ProtocolRules>();

/**
 * The rules of a protocol.
 *
 * @throws SocketError `usage` for a definition that is neither a schema nor rules with one.
 */
export function rulesOf(protocol: Protocol): ProtocolRules {
  let rules = known.get(protocol);
  if (!rules) {
    rules = { inbound: toMap(protocol.inbound), outbound: toMap(protocol.outbound) };
    known.set(protocol, rules);
  }
  return rules;
}

type Definitions = Record<string, InboundDefinition | OutboundDefinition>;

function toMap(definitions: Definitions): ReadonlyMap<string, Rules> {
  return new Map(Object.entries(definitions).map(([cmd, definition]) => [cmd, toRules(cmd, definition)]));
}

const ruleKinds: Kinds = {
  param: "anything",
  delivery: '"queue" "drop" "latest" "confirm"',
  reply: "string",
  ttl: "number",
  key: "function",
  match: "function",
};

/** @throws SocketError `usage` for a definition that is neither a schema nor rules with one. */
function toRules(cmd: string, definition: InboundDefinition | OutboundDefinition): Rules {
  if (isSchema(definition)) return { param: definition };
  const name = printable(cmd, 64);
  if (!isSchema((definition as Partial<Rules> | null | undefined)?.param)) {
    throw usage(`The protocol has no schema for ${name}; give it one, alone or as \`param\`.`);
  }
  checkKinds(definition, ruleKinds, name);
  return definition;
}
