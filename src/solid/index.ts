/**
 * Primitives for Solid. {@link createHooks} binds them to one socket; each is also exported by itself, and takes the socket first.
 *
 * ```tsx
 * export const { useConnection, useStatus, useChannel, useMessage } = createHooks(socket);
 *
 * function Room(props: { name: string }) {
 *   const { channel, status } = useChannel(() => props.name);
 *   const [texts, setTexts] = createSignal<string[]>([]);
 *   useMessage("chat", ({ text }) => setTexts((before) => [...before, text]), { channel });
 *   …
 * }
 * ```
 *
 * Names, channels and `enabled` may be accessors. **On a server** each primitive gives its idle value, and connects nothing.
 *
 * @module wireline/solid
 */

import type { Accessor } from "solid-js";
import type { Channel, InboundParam, Listener, OpenEvent, Protocol, Socket } from "../index";
import type { CallCommand, CallConfirmOptions, CallParam, CallReply, CallRequestOptions, ConnectionStatus, Reducer } from "../stores/index";
import {
  type ChannelAccessors,
  type ChannelOptions,
  type ConfirmedAccessors,
  type ConnectionOptions,
  type MaybeAccessor,
  type RequestAccessors,
  type QueryOptions,
  type QueryAccessors,
  type SourceOptions,
  useChannel,
  useConfirmed,
  useConnection,
  useLatest,
  useLiveQuery,
  useMessage,
  usePresence,
  useReconnected,
  useReducedMessages,
  useRequest,
  useStatus,
} from "./primitives";

export type { ConnectionStatus, Reducer, Run } from "../stores/index";
export {
  type ChannelAccessors,
  type ChannelOptions,
  type ConfirmedAccessors,
  type ConnectionOptions,
  type MaybeAccessor,
  type RequestAccessors,
  type QueryOptions,
  type QueryAccessors,
  type SourceOptions,
  useChannel,
  useConfirmed,
  useConnection,
  useLatest,
  useLiveQuery,
  useMessage,
  usePresence,
  useReconnected,
  useReducedMessages,
  useRequest,
  useStatus,
} from "./primitives";

/** The hooks of one socket, typed by its protocol. */
export interface Hooks<P extends Protocol> {
  /** {@link useConnection} of the socket. */
  readonly useConnection: (options?: ConnectionOptions) => void;
  /** {@link useStatus} of the socket. */
  readonly useStatus: <T = ConnectionStatus>(selector?: (status: ConnectionStatus) => T) => Accessor<T>;
  /** {@link useChannel} of the socket. */
  readonly useChannel: (name: MaybeAccessor<string>, options?: ChannelOptions) => ChannelAccessors<P>;
  /** {@link useMessage} of the socket, or of one channel. */
  readonly useMessage: <C extends keyof P["inbound"] & string>(cmd: C, listener: Listener<P, C>, options?: SourceOptions<P>) => void;
  /** {@link useLatest} of the socket, or of one channel. */
  readonly useLatest: <C extends keyof P["inbound"] & string, V = undefined>(
    cmd: C,
    initial?: V,
    options?: SourceOptions<P>,
  ) => Accessor<InboundParam<P, C> | V>;
  /** {@link useReducedMessages} of the socket, or of one channel. */
  readonly useReducedMessages: <C extends keyof P["inbound"] & string, V>(
    cmd: C,
    reducer: Reducer<P, C, V>,
    initial: V,
    options?: SourceOptions<P>,
  ) => Accessor<V>;
  /** {@link usePresence} of a channel. */
  readonly usePresence: (channel: MaybeAccessor<Channel<P> | string>) => Accessor<ReadonlyMap<string, unknown>>;
  /** {@link useRequest} of the socket, or in one channel. */
  readonly useRequest: <C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
    cmd: CallCommand<P, C, R>,
    options?: SourceOptions<P> & CallRequestOptions<P, C, R>,
  ) => RequestAccessors<CallParam<P, C>, InboundParam<P, R>>;
  /** {@link useConfirmed} of the socket, or in one channel. */
  readonly useConfirmed: <C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
    cmd: CallCommand<P, C, R>,
    options?: SourceOptions<P> & CallConfirmOptions<P, C, R>,
  ) => ConfirmedAccessors<CallParam<P, C>, InboundParam<P, R>>;
  /** {@link useLiveQuery} of the socket, or of one channel. */
  readonly useLiveQuery: <V>(options: QueryOptions<P, V>) => QueryAccessors<V>;
  /** {@link useReconnected} of the socket. */
  readonly useReconnected: (listener: (event: OpenEvent) => void) => void;
}

/** The hooks of one socket. Call it once, beside the socket. */
export function createHooks<P extends Protocol>(socket: Socket<P>): Hooks<P> {
  const hooks = {
    useConnection,
    useStatus,
    useChannel,
    useMessage,
    useLatest,
    useLiveQuery,
    useReducedMessages,
    usePresence,
    useRequest,
    useConfirmed,
    useReconnected,
  };
  const bound = Object.entries(hooks).map(([name, hook]) => [name, (hook as (...args: unknown[]) => unknown).bind(null, socket)]);
  return Object.fromEntries(bound) as Hooks<P>;
}
