import type { Message } from "./messages/message";
import { isSchema, type InputOf, type OutputOf, type Schema } from "./messages/schema";
import { printable } from "./text";
import { checkKinds, type Kinds, usage } from "./usage";

/**
 * What becomes of a message that cannot leave at once.
 *
 * - `queue`: it waits, in order, up to a limit.
 * - `drop`: it is given up.
 * - `latest`: it waits, in place of an older one of the same channel, command and key; also while much is buffered.
 * - `confirm`: it is kept until the server has replied, and sent again after a reconnect: it arrives at least once, or is
 *   reported to `onDrop`.
 */
export type Delivery = "queue" | "drop" | "latest" | "confirm";

/** A command of the server: the schema of its param, alone or as `{param}`. */
export type InboundDefinition =
  | Schema
  | {
      /** The schema of its param. */
      readonly param: Schema;
    };

/** A command of the client: the schema of its param, alone or with more that is to be known of it. */
export type OutboundDefinition = Schema | Rules;

/** What is to be known of a command beside its schema. */
export interface Rules {
  /** The schema of its param. */
  readonly param: Schema;
  /** What becomes of it when it cannot leave at once. @default "queue" */
  readonly delivery?: Delivery | undefined;
  /** The command that the server answers with: needed for `request` and `confirm`. */
  readonly reply?: string | undefined;
  /** How long it may wait or be kept, in milliseconds. @default that of the `queue` option */
  readonly ttl?: number | undefined;
  // Of whatever params each command has.
  /** For `latest`: messages of the same key replace each other. @default one key for all */
  readonly key?: ((param: never) => string | number) | undefined;
  /** Whether a reply answers what was sent, by their params. @default the oldest is answered first */
  readonly match?: ((sent: never, reply: never) => boolean) | undefined;
}

interface Command<S> {
  /** The schema of its param. */
  readonly param: S;
  /** How long it may wait or be kept, in milliseconds. @default that of the `queue` option */
  readonly ttl?: number;
  /** For `latest`: messages of the same key replace each other. @default one key for all */
  readonly key?: (param: OutputOf<S>) => string | number;
}

interface Unanswered {
  /** What becomes of it when it cannot leave at once. @default "queue" */
  readonly delivery?: Exclude<Delivery, "confirm">;
  /** The command that the server answers with: needed for `request` and `confirm`. */
  readonly reply?: undefined;
  readonly match?: undefined;
}

interface Answered<S, Reply, Param> {
  /** What becomes of it when it cannot leave at once. @default "queue" */
  readonly delivery?: Delivery;
  /** The command that the server answers with. */
  readonly reply: Reply;
  /** Whether a reply answers what was sent, by their params, as an id in both says. @default the oldest is answered first */
  readonly match?: (sent: OutputOf<S>, reply: Param) => boolean;
}

/** A command of the client with what is known of its schema and of the server's commands, one of which may be its reply. */
type Definition<S, Inbound> =
  | S
  | (Command<S> & (Unanswered | { [R in keyof Inbound]: Answered<S, R, Param<Inbound[R]>> }[keyof Inbound]));

/** What is written beside the rules: misspelt, it would do nothing. */
type Misspelt<Outbound> = {
  [C in keyof Outbound]: Outbound[C] extends Schema ? never : Exclude<keyof Outbound[C], keyof Rules>;
}[keyof Outbound];

/** What both sides may say. Made by {@link defineProtocol}. */
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

/** The commands a server may send. */
export type InboundCommand<P extends Protocol> = keyof P["inbound"] & string;

/** The commands a client may send. */
export type OutboundCommand<P extends Protocol> = keyof P["outbound"] & string;

/** The commands a client may send that name their reply. */
export type RequestCommand<P extends Protocol> = {
  [C in OutboundCommand<P>]: P["outbound"][C] extends { readonly reply: string } ? C : never;
}[OutboundCommand<P>];

/** The command that answers another. */
export type ReplyCommand<P extends Protocol, C extends OutboundCommand<P>> = P["outbound"][C] extends {
  readonly reply: infer R extends InboundCommand<P>;
}
  ? R
  : never;

/** The param that listeners of a command get: what its schema gives. */
export type InboundParam<P extends Protocol, C extends InboundCommand<P>> = Param<P["inbound"][C]>;

/** The param that `send` takes for a command: what its schema takes. */
export type OutboundParam<P extends Protocol, C extends OutboundCommand<P>> = InputOf<SchemaOf<P["outbound"][C]>>;

/** Every message a server may send, as a union to switch on by `cmd`. */
export type InboundMessage<P extends Protocol, C extends InboundCommand<P> = InboundCommand<P>> = {
  [K in C]: Message<K, InboundParam<P, K>>;
}[C];

/** What `on` calls. */
export type Listener<P extends Protocol, C extends InboundCommand<P>> = (
  param: InboundParam<P, C>,
  message: InboundMessage<P, C>,
) => void;

/** Every message a client may send, as a union; without a channel it goes to the socket's own. */
export type OutboundMessage<P extends Protocol, C extends OutboundCommand<P> = OutboundCommand<P>> = {
  [K in C]: {
    /** The channel to say it in. @default the socket's own */
    readonly channel?: string;
    /** The command. */
    readonly cmd: K;
  } & ParamField<OutboundParam<P, K>>;
}[C];

type ParamField<T> = undefined extends T ? { readonly param?: T } : { readonly param: T };

/**
 * The param of `send(cmd, param)`, which may be left out where `undefined` is allowed. Where the command is one of
 * several, the param must fit each of them.
 */
export type ParamArgument<P extends Protocol, C extends OutboundCommand<P>> = undefined extends ParamOfEach<P, C>
  ? [param?: ParamOfEach<P, C>]
  : [param: ParamOfEach<P, C>];

/** The intersection of what the commands take: an object for each makes it one that functions of each would accept. */
type ParamOfEach<P extends Protocol, C extends OutboundCommand<P>> = (
  { [K in C]: (param: OutboundParam<P, K>) => void }[C] extends (param: infer Param) => void ? Param : never
);

/** The command that answers another, or any where none is named. */
export type AnyReply<P extends Protocol, C extends OutboundCommand<P>> = [ReplyCommand<P, C>] extends [never]
  ? InboundCommand<P>
  : ReplyCommand<P, C>;

/** How one message is delivered, where it differs from what the protocol says of its command. */
export interface SendOptions<
  P extends Protocol = Protocol,
  C extends OutboundCommand<P> = OutboundCommand<P>,
  R extends InboundCommand<P> = AnyReply<P, C>,
> {
  /** What becomes of it when it cannot leave at once. @default that of its command, or "queue" */
  delivery?: Delivery;
  /** How long it may wait or be kept, in milliseconds. @default that of its command, or of the `queue` option */
  ttl?: number;
  /** For `latest`: which other messages it replaces. @default that of its command, or one key for all */
  key?: string | number;
  /** For `confirm`: the command that the server answers with. @default that of its command */
  reply?: R;
  /** For `confirm`: whether a reply answers it, by the params. @default that of its command, or the oldest is answered first */
  match?(sent: Param<P["outbound"][C]>, reply: InboundParam<P, R>): boolean;
}

/** How a request is made. */
export interface RequestOptions<
  P extends Protocol = Protocol,
  C extends OutboundCommand<P> = OutboundCommand<P>,
  R extends InboundCommand<P> = InboundCommand<P>,
> {
  /** The channel to ask and be answered in. @default the socket's */
  channel?: string;
  /** Gives it up when aborted. */
  signal?: AbortSignal;
  /** How long it may take until the reply is here, in milliseconds. @default 10000 */
  timeout?: number;
  /** The command that the server answers with. @default that of its command */
  reply?: R;
  /** Whether a reply answers it, by the params. @default that of its command, or the oldest is answered first */
  match?(sent: Param<P["outbound"][C]>, reply: InboundParam<P, R>): boolean;
}

/** How a message is confirmed. */
export interface ConfirmOptions<
  P extends Protocol = Protocol,
  C extends OutboundCommand<P> = OutboundCommand<P>,
  R extends InboundCommand<P> = InboundCommand<P>,
> extends Omit<RequestOptions<P, C, R>, "timeout"> {
  /** How long it is kept, in milliseconds. @default that of its command, or of the `queue` option */
  ttl?: number | undefined;
}

/**
 * Declares what both sides may say. Gives back what it was given, with its types.
 *
 * @example
 * const protocol = defineProtocol({
 *   inbound: { chat: z.object({ user: z.string(), text: z.string() }) },
 *   outbound: { chat: z.object({ text: z.string().min(1) }) },
 * });
 */
export function defineProtocol<
  const Inbound extends Record<string, InboundDefinition>,
  const Schemas extends Record<string, Schema>,
  const Outbound,
>(
  protocol: {
    inbound: Inbound;
    // Twice, so that functions in it are typed by the schemas, and the result by what was written.
    outbound: Outbound & { [C in keyof Schemas]: Definition<Schemas[C], Inbound> };
  } & ([Misspelt<Outbound>] extends [never] ? unknown : { outbound: { "no such rule": Misspelt<Outbound> } }),
): Protocol<Inbound, Outbound extends Record<string, OutboundDefinition> ? Outbound : never> {
  for (const definitions of [protocol.inbound, protocol.outbound] as Definitions[]) {
    for (const [cmd, definition] of Object.entries(definitions)) toRules(cmd, definition);
  }
  return protocol as never;
}

/** The rules of a command; `undefined` for one that is not named, be it `__proto__`. */
export function commandRules(definitions: Definitions | undefined, cmd: string): Rules | undefined {
  if (!definitions || !Object.prototype.hasOwnProperty.call(definitions, cmd)) return undefined;
  return toRules(cmd, definitions[cmd]!);
}

type Definitions = Record<string, InboundDefinition | OutboundDefinition>;

const ruleKinds: Kinds = { param: "any", delivery: '"queue" "drop" "latest" "confirm"', reply: "string", ttl: "number", key: "function", match: "function" };

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
