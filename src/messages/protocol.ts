import type { Message } from "./message";
import { isSchema, type InputOf, type OutputOf, type Schema } from "./schema";

/** A command of the server: the schema of its param, alone or as `{param}`. */
export type InboundDefinition = Schema | { readonly param: Schema };

/** A command of the client: the schema of its param, alone or as `{param}`. */
export type OutboundDefinition = Schema | { readonly param: Schema };

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
  [K in C]: { readonly channel?: string; readonly cmd: K } & ParamField<OutboundParam<P, K>>;
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
  const Outbound extends Record<string, OutboundDefinition>,
>(protocol: { inbound: Inbound; outbound: Outbound }): Protocol<Inbound, Outbound> {
  return protocol;
}

/** The schema of a command, or `undefined` for one that is not named; `__proto__` is only a name. */
export function schemaOf(definitions: Record<string, InboundDefinition | OutboundDefinition>, cmd: string) {
  if (!Object.hasOwn(definitions, cmd)) return undefined;
  const definition = definitions[cmd]!;
  return isSchema(definition) ? definition : definition.param;
}
