/**
 * Composables for Vue 3.3 and later. {@link createHooks} binds them to one socket; each is also exported by itself, and takes the
 * socket first.
 *
 * ```ts
 * export const { useConnection, useStatus, useChannel, useMessage } = createHooks(socket);
 *
 * // in the setup of a component
 * const { channel, status } = useChannel(() => props.name);
 * useMessage("chat", ({ text }) => texts.value.push(text), { channel });
 * ```
 *
 * Names, channels and `enabled` may be refs or getters. **On a server** each composable gives its idle value, and connects nothing.
 *
 * @module wireline/vue
 */

import type { MaybeRefOrGetter, ShallowRef } from "vue";
import type { Channel, InboundParam, Listener, OpenEvent, Protocol, Socket } from "../index";
import type { CallCommand, CallConfirmOptions, CallParam, CallReply, CallRequestOptions, ConnectionStatus, Reducer } from "../stores/index";
import {
  type ChannelOptions,
  type ChannelRefs,
  type ConfirmedRefs,
  type ConnectionOptions,
  type RequestRefs,
  type QueryOptions,
  type QueryRefs,
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
} from "./composables";

export type { ConnectionStatus, Reducer, Run } from "../stores/index";
export {
  type ChannelOptions,
  type ChannelRefs,
  type ConfirmedRefs,
  type ConnectionOptions,
  type RequestRefs,
  type QueryOptions,
  type QueryRefs,
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
} from "./composables";

/** The hooks of one socket, typed by its protocol. */
export interface Hooks<P extends Protocol> {
  /** {@link useConnection} of the socket. */
  readonly useConnection: (options?: ConnectionOptions) => void;
  /** {@link useStatus} of the socket. */
  readonly useStatus: <T = ConnectionStatus>(selector?: (status: ConnectionStatus) => T) => Readonly<ShallowRef<T>>;
  /** {@link useChannel} of the socket. */
  readonly useChannel: (name: MaybeRefOrGetter<string>, options?: ChannelOptions) => ChannelRefs<P>;
  /** {@link useMessage} of the socket, or of one channel. */
  readonly useMessage: <C extends keyof P["inbound"] & string>(cmd: C, listener: Listener<P, C>, options?: SourceOptions<P>) => void;
  /** {@link useLatest} of the socket, or of one channel. */
  readonly useLatest: <C extends keyof P["inbound"] & string, V = undefined>(
    cmd: C,
    initial?: V,
    options?: SourceOptions<P>,
  ) => Readonly<ShallowRef<InboundParam<P, C> | V>>;
  /** {@link useReducedMessages} of the socket, or of one channel. */
  readonly useReducedMessages: <C extends keyof P["inbound"] & string, V>(
    cmd: C,
    reducer: Reducer<P, C, V>,
    initial: V,
    options?: SourceOptions<P>,
  ) => Readonly<ShallowRef<V>>;
  /** {@link usePresence} of a channel. */
  readonly usePresence: (channel: MaybeRefOrGetter<Channel<P> | string>) => Readonly<ShallowRef<ReadonlyMap<string, unknown>>>;
  /** {@link useRequest} of the socket, or in one channel. */
  readonly useRequest: <C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
    cmd: CallCommand<P, C, R>,
    options?: SourceOptions<P> & CallRequestOptions<P, C, R>,
  ) => RequestRefs<CallParam<P, C>, InboundParam<P, R>>;
  /** {@link useConfirmed} of the socket, or in one channel. */
  readonly useConfirmed: <C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
    cmd: CallCommand<P, C, R>,
    options?: SourceOptions<P> & CallConfirmOptions<P, C, R>,
  ) => ConfirmedRefs<CallParam<P, C>, InboundParam<P, R>>;
  /** {@link useLiveQuery} of the socket, or of one channel. */
  readonly useLiveQuery: <V>(options: QueryOptions<P, V>) => QueryRefs<V>;
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
