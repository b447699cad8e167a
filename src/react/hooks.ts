import { useCallback, useEffect, useInsertionEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Channel, InboundParam, Listener, OpenEvent, Protocol, Socket } from "../index";
import type { Feed, LiveQueryOptions } from "../resume/index";
import {
  type CallCommand,
  type CallConfirmOptions,
  type CallParam,
  type CallReply,
  type CallRequestOptions,
  type CallState,
  type ChannelState,
  type ConnectionStatus,
  callStore,
  channelStore,
  latestStore,
  membersStore,
  type QueryState,
  queryStore,
  type Reducer,
  type Run,
  reducedStore,
  type Store,
  selectedStore,
  sourceOf,
  statusStore,
} from "../stores/index";

/** How the connection is held. */
export interface ConnectionOptions {
  /** `false` lets go of it, as if the component were not there. @default true */
  enabled?: boolean | undefined;
}

/** How a channel is held. */
export interface ChannelOptions {
  /** What the join is sent with: a value, or a function that makes it for each join. Another value is another join. @default {} */
  param?: unknown;
  /** `false` lets go of it, as if the component were not there. @default true */
  enabled?: boolean | undefined;
}

/** Where messages are received or sent. */
export interface SourceOptions<P extends Protocol> {
  /** The channel, by its name or as `useChannel` gives it. @default every channel; to send, that of the socket */
  channel?: Channel<P> | string | undefined;
}

/** What a live query is made of. The functions may be others in each rendering: they are always those of the last one. */
export interface QueryOptions<P extends Protocol, V> extends SourceOptions<P>, Omit<LiveQueryOptions<P, V>, "signal"> {
  /** A feed of `resume()`, where the server numbers its messages. @default messages without numbers */
  feed?: Feed<P> | undefined;
  /** What is queried, such as the id of a document: with another one the query starts again. @default always the same */
  id?: string | number | undefined;
}

/** What has become of the requests of a command. */
export type RequestState<Param, Reply> = Omit<CallState<Param, Reply>, "unsaved"> & {
  /** Sends a request. An event handler need not wait for the promise, because `error` has what it rejects with. */
  readonly run: Run<Param, Reply>;
};

/** What has become of the messages of a command that are to be confirmed. */
export type ConfirmedState<Param, Reply> = CallState<Param, Reply> & {
  /** Sends a message, and resends it until it is confirmed. An event handler need not wait for the promise. */
  readonly run: Run<Param, Reply>;
};

/** Keeps a socket connected while the component is mounted. Components that hold one socket do not take it from each other. */
export function useConnection<P extends Protocol>(socket: Socket<P>, { enabled = true }: ConnectionOptions = {}): void {
  useEffect(() => (enabled ? socket.hold() : undefined), [socket, enabled]);
}

/**
 * The status of a connection, with a countdown to the next attempt. With a selector, the component renders again only when
 * the selection changes.
 */
export function useStatus<P extends Protocol, T = ConnectionStatus>(
  socket: Socket<P>,
  selector: (status: ConnectionStatus) => T = identity as never,
): T {
  const status = useKept(() => statusStore(socket), socket);
  return useStore(useMemo(() => selectedStore(status, selector), [status, selector]));
}

/** Keeps a channel joined while the component is mounted, and says whether it is. */
export function useChannel<P extends Protocol>(
  socket: Socket<P>,
  name: string,
  { param, enabled = true }: ChannelOptions = {},
): ChannelState<P> {
  const channel = useKept(() => socket.channel(name), socket, name);
  const makeParam = useStable(param as () => unknown);
  // As the channel itself does: another param is one that is written otherwise.
  const joinParam = useKept(() => (typeof param === "function" ? makeParam : param), typeof param, JSON.stringify(param));
  useEffect(() => (enabled ? channel.hold(joinParam) : undefined), [channel, joinParam, enabled]);
  return useStore(useKept(() => channelStore(channel), channel));
}

/** Calls a listener with each message of a command, once. The listener is always that of the last render. */
export function useMessage<P extends Protocol, C extends keyof P["inbound"] & string>(
  socket: Socket<P>,
  cmd: C,
  listener: Listener<P, C>,
  { channel }: SourceOptions<P> = {},
): void {
  const source = useSource(socket, channel);
  const heard = useStable(listener);
  useEffect(() => source.on(cmd, heard), [source, cmd, heard]);
}

/** The param of the newest message of a command. It changes at most once per frame. */
export function useLatest<P extends Protocol, C extends keyof P["inbound"] & string, V = undefined>(
  socket: Socket<P>,
  cmd: C,
  initial?: V,
  { channel }: SourceOptions<P> = {},
): InboundParam<P, C> | V {
  const source = useSource(socket, channel);
  return useStore(useKept(() => latestStore(source, cmd, initial as V), source, cmd));
}

/**
 * A value that each message of a command changes. The reducer is called once for each message and must not change the old
 * value; the component renders at most once per frame. Another channel starts again.
 */
export function useReducedMessages<P extends Protocol, C extends keyof P["inbound"] & string, V>(
  socket: Socket<P>,
  cmd: C,
  reducer: Reducer<P, C, V>,
  initial: V,
  { channel }: SourceOptions<P> = {},
): V {
  const source = useSource(socket, channel);
  const reduce = useStable(reducer);
  return useStore(useKept(() => reducedStore(source, cmd, reduce, initial), source, cmd));
}

/** The members of a channel, by id, with what the server last reported of each. It does not join the channel: see `useChannel`. */
export function usePresence<P extends Protocol>(socket: Socket<P>, channel: Channel<P> | string): ReadonlyMap<string, unknown> {
  const source = useSource(socket, channel) as Channel<P>;
  return useStore(useKept(() => membersStore(source), source));
}

/** Requests of a command, and the newest reply. */
export function useRequest<P extends Protocol, C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
  socket: Socket<P>,
  cmd: CallCommand<P, C, R>,
  { channel, ...options }: SourceOptions<P> & CallRequestOptions<P, C, R> = {},
): RequestState<CallParam<P, C>, InboundParam<P, R>> {
  const source = useSource(socket, channel);
  return useCalls((param) => source.request(cmd as never, param as never, options as never), "last") as never;
}

/** Messages of a command that are kept and resent until the server has confirmed them; `unsaved` has those that are not yet. */
export function useConfirmed<P extends Protocol, C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
  socket: Socket<P>,
  cmd: CallCommand<P, C, R>,
  { channel, ...options }: SourceOptions<P> & CallConfirmOptions<P, C, R> = {},
): ConfirmedState<CallParam<P, C>, InboundParam<P, R>> {
  const source = useSource(socket, channel);
  return useCalls((param) => source.confirm(cmd as never, param as never, options as never), "each") as never;
}

/** Calls a listener when the connection is open again after a loss, but not when it opens first. */
export function useReconnected<P extends Protocol>(socket: Socket<P>, listener: (event: OpenEvent) => void): void {
  const heard = useStable(listener);
  useEffect(() => socket.onOpen((event) => event.reconnected && heard(event)), [socket, heard]);
}

/** A value of the server: fetched, changed by messages, and fetched again after each gap. */
export function useLiveQuery<P extends Protocol, V>(
  socket: Socket<P>,
  { channel, feed, id, ...options }: QueryOptions<P, V>,
): QueryState<V> {
  const name = typeof channel === "object" ? channel.name : channel;
  const latest = useStable(() => options);
  const make = () =>
    queryStore<P, V>(feed ?? socket, name, {
      snapshot: (context) => latest().snapshot(context),
      apply: (value, message) => latest().apply(value, message),
      key: options.key && ((message) => latest().key?.(message) ?? ""),
      version: options.version && ((value) => latest().version?.(value)),
    });
  return useStore(useKept(make, socket, feed, name, id));
}

const identity = <T>(value: T): T => value;

function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.read, () => store.idle);
}

/**
 * Makes a value, and another one when something that it depends on is another: never with each rendering. Unlike `useMemo`, it
 * keeps the value when the file is edited.
 */
function useKept<T>(make: () => T, ...dependencies: unknown[]): T {
  const [kept, keep] = useState(() => ({ value: make(), dependencies }));
  if (dependencies.every((dependency, index) => Object.is(dependency, kept.dependencies[index]))) return kept.value;
  const next = { value: make(), dependencies };
  keep(next);
  return next.value;
}

/** A function that is always the same one, and calls that of the last render. */
function useStable<F extends (...args: never[]) => unknown>(called: F): F {
  const latest = useRef(called);
  useInsertionEffect(() => {
    latest.current = called;
  });
  return useCallback(((...args) => latest.current(...args)) as F, []);
}

/** A channel by its name or itself, or the socket; the same object while it is the same channel. */
function useSource<P extends Protocol>(socket: Socket<P>, channel: Channel<P> | string | undefined): Socket<P> | Channel<P> {
  const name = typeof channel === "object" ? channel.name : channel;
  return useKept(() => sourceOf(socket, channel), socket, name);
}

function useCalls<Param, Reply>(send: (param: Param) => Promise<Reply>, counts: "last" | "each") {
  const sent = useStable(send);
  const calls = useKept(() => callStore(sent, counts), sent);
  return { ...useStore(calls), run: calls.run };
}
