/**
 * Functions for the components of Svelte 5. {@link createHooks} binds them to one socket; each is also exported by itself, and takes
 * the socket first.
 *
 * ```ts
 * export const { useConnection, useStatus, useChannel, useMessage } = createHooks(socket);
 *
 * // in the script of a component
 * const room = useChannel(() => name);
 * useMessage("chat", ({ text }) => texts.push(text), { channel: () => room.channel });
 * ```
 *
 * Names, channels and `enabled` may be getters. What they return is reactive when its properties are read: do not destructure it.
 * **On a server** each function gives its idle value, and connects nothing.
 *
 * @module wireline/svelte
 */

import type { Channel, InboundParam, Listener, OpenEvent, Protocol, Socket } from "../index";
import type {
  CallCommand,
  CallConfirmOptions,
  CallParam,
  CallReply,
  CallRequestOptions,
  ConnectionStatus,
  QueryState,
  Reducer,
} from "../stores/index";
import {
  type ChannelOptions,
  type ConnectionOptions,
  type Current,
  type MaybeGetter,
  type ReactiveChannel,
  type ReactiveConfirmed,
  type ReactiveRequest,
  type QueryOptions,
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
} from "./runes";

export type { ConnectionStatus, QueryState, Reducer, Run } from "../stores/index";
export {
  type ChannelOptions,
  type ConnectionOptions,
  type Current,
  type MaybeGetter,
  type ReactiveChannel,
  type ReactiveConfirmed,
  type ReactiveRequest,
  type QueryOptions,
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
} from "./runes";

/** The hooks of one socket, typed by its protocol. */
export interface Hooks<P extends Protocol> {
  /** {@link useConnection} of the socket. */
  readonly useConnection: (options?: ConnectionOptions) => void;
  /** {@link useStatus} of the socket. */
  readonly useStatus: <T = ConnectionStatus>(selector?: (status: ConnectionStatus) => T) => Current<T>;
  /** {@link useChannel} of the socket. */
  readonly useChannel: (name: MaybeGetter<string>, options?: ChannelOptions) => ReactiveChannel<P>;
  /** {@link useMessage} of the socket, or of one channel. */
  readonly useMessage: <C extends keyof P["inbound"] & string>(cmd: C, listener: Listener<P, C>, options?: SourceOptions<P>) => void;
  /** {@link useLatest} of the socket, or of one channel. */
  readonly useLatest: <C extends keyof P["inbound"] & string, V = undefined>(
    cmd: C,
    initial?: V,
    options?: SourceOptions<P>,
  ) => Current<InboundParam<P, C> | V>;
  /** {@link useReducedMessages} of the socket, or of one channel. */
  readonly useReducedMessages: <C extends keyof P["inbound"] & string, V>(
    cmd: C,
    reducer: Reducer<P, C, V>,
    initial: V,
    options?: SourceOptions<P>,
  ) => Current<V>;
  /** {@link usePresence} of a channel. */
  readonly usePresence: (channel: MaybeGetter<Channel<P> | string>) => Current<ReadonlyMap<string, unknown>>;
  /** {@link useRequest} of the socket, or in one channel. */
  readonly useRequest: <C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
    cmd: CallCommand<P, C, R>,
    options?: SourceOptions<P> & CallRequestOptions<P, C, R>,
  ) => ReactiveRequest<CallParam<P, C>, InboundParam<P, R>>;
  /** {@link useConfirmed} of the socket, or in one channel. */
  readonly useConfirmed: <C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
    cmd: CallCommand<P, C, R>,
    options?: SourceOptions<P> & CallConfirmOptions<P, C, R>,
  ) => ReactiveConfirmed<CallParam<P, C>, InboundParam<P, R>>;
  /** {@link useLiveQuery} of the socket, or of one channel. */
  readonly useLiveQuery: <V>(options: QueryOptions<P, V>) => QueryState<V>;
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
