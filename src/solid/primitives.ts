import { type Accessor, createEffect, createMemo, createSignal, onCleanup, untrack } from "solid-js";
import type { Channel, InboundParam, Listener, OpenEvent, Protocol, Socket, SocketError, Unsubscribe } from "../index";
import type { Feed, LiveQueryOptions } from "../resume/index";
import {
  type CallCommand,
  type CallConfirmOptions,
  type CallParam,
  type CallReply,
  type CallRequestOptions,
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

/** A value, or an accessor of it. */
export type MaybeAccessor<T> = T | Accessor<T>;

/** How the connection is held. */
export interface ConnectionOptions {
  /** `false` lets go of it, as if the component were not there. @default true */
  enabled?: MaybeAccessor<boolean | undefined>;
}

/** How a channel is held. */
export interface ChannelOptions {
  /**
   * What the join is sent with: a value, which may be a reactive getter; or a function that makes it for each join. Another
   * value is another join. @default {}
   */
  param?: unknown;
  /** `false` lets go of it, as if the component were not there. @default true */
  enabled?: MaybeAccessor<boolean | undefined>;
}

/** Where messages are received or sent. */
export interface SourceOptions<P extends Protocol> {
  /** The channel, by its name or as `useChannel` gives it. @default every channel; to send, that of the socket */
  channel?: MaybeAccessor<Channel<P> | string | undefined>;
}

/** A channel, and whether it is joined. */
export interface ChannelAccessors<P extends Protocol> {
  /** The channel itself, which sends and listens. */
  readonly channel: Accessor<Channel<P>>;
  /** Whether it is joined. */
  readonly status: Accessor<ChannelState["status"]>;
  /** Why the server refused it, while the status is `refused`. */
  readonly refusal: Accessor<SocketError | undefined>;
}

/** What has become of the requests of a command. */
export interface RequestAccessors<Param, Reply> {
  /** Sends a request. An event handler need not wait for the promise, because `error` has what it rejects with. */
  readonly run: Run<Param, Reply>;
  /** The newest reply. */
  readonly data: Accessor<Reply | undefined>;
  /** What the last call failed with; `undefined` from the next call on. */
  readonly error: Accessor<SocketError | undefined>;
  /** Whether a call is not answered yet. */
  readonly pending: Accessor<boolean>;
}

/** What has become of the messages of a command that are to be confirmed. */
export interface ConfirmedAccessors<Param, Reply> extends RequestAccessors<Param, Reply> {
  /** The params of the messages that are not confirmed yet, in their order. */
  readonly unsaved: Accessor<readonly Param[]>;
}

/** What a live query is made of. */
export interface QueryOptions<P extends Protocol, V> extends SourceOptions<P>, Omit<LiveQueryOptions<P, V>, "signal"> {
  /** A feed of `resume()`, where the server numbers its messages. @default messages without numbers */
  feed?: Feed<P> | undefined;
  /** What is queried, such as the id of a document: with another one the query starts again. @default always the same */
  id?: MaybeAccessor<string | number | undefined>;
}

/** A value of the server. */
export interface QueryAccessors<V> {
  /** The value; `undefined` while it is loading. */
  readonly value: Accessor<V | undefined>;
  /** Whether the value is what the server has. */
  readonly status: Accessor<QueryState<V>["status"]>;
  /** What the last snapshot failed with. It is fetched again after a wait. */
  readonly error: Accessor<unknown>;
  /** Fetches the snapshot again. */
  readonly refetch: () => void;
}

/** Keeps a socket connected while the component is there. Components that hold one socket do not take it from each other. */
export function useConnection<P extends Protocol>(socket: Socket<P>, options: ConnectionOptions = {}): void {
  follow(() => (toValue(options.enabled) === false ? undefined : socket.hold()));
}

/** The status of a connection, with a countdown to the next attempt. With a selector, it changes only when the selection does. */
export function useStatus<P extends Protocol, T = ConnectionStatus>(
  socket: Socket<P>,
  selector?: (status: ConnectionStatus) => T,
): Accessor<T> {
  const status = statusStore(socket);
  return useStore(() => (selector ? selectedStore(status, selector) : (status as Store<never>)));
}

/** Keeps a channel joined while the component is there, and says whether it is. */
export function useChannel<P extends Protocol>(
  socket: Socket<P>,
  name: MaybeAccessor<string>,
  options: ChannelOptions = {},
): ChannelAccessors<P> {
  const channel = createMemo(() => socket.channel(toValue(name)));
  // As the channel itself does: another param is one that is written otherwise.
  follow(() => (toValue(options.enabled) === false ? undefined : channel().hold(options.param)));
  const state = useStore(() => channelStore(channel()));
  return { channel, status: createMemo(() => state().status), refusal: createMemo(() => state().refusal) };
}

/** Calls a listener with each message of a command, once. */
export function useMessage<P extends Protocol, C extends keyof P["inbound"] & string>(
  socket: Socket<P>,
  cmd: C,
  listener: Listener<P, C>,
  options: SourceOptions<P> = {},
): void {
  follow(() => sourceOf(socket, toValue(options.channel)).on(cmd, listener));
}

/** The param of the newest message of a command. It changes at most once per frame. */
export function useLatest<P extends Protocol, C extends keyof P["inbound"] & string, V = undefined>(
  socket: Socket<P>,
  cmd: C,
  initial?: V,
  options: SourceOptions<P> = {},
): Accessor<InboundParam<P, C> | V> {
  return useStore(() => latestStore(sourceOf(socket, toValue(options.channel)), cmd, initial as V));
}

/**
 * A value that each message of a command changes. The reducer is called once for each message and must not change the old
 * value; the ref changes at most once per frame. Another channel starts again.
 */
export function useReducedMessages<P extends Protocol, C extends keyof P["inbound"] & string, V>(
  socket: Socket<P>,
  cmd: C,
  reducer: Reducer<P, C, V>,
  initial: V,
  options: SourceOptions<P> = {},
): Accessor<V> {
  return useStore(() => reducedStore(sourceOf(socket, toValue(options.channel)), cmd, reducer, initial));
}

/** The members of a channel, by id, with what the server last reported of each. It does not join the channel: see `useChannel`. */
export function usePresence<P extends Protocol>(
  socket: Socket<P>,
  channel: MaybeAccessor<Channel<P> | string>,
): Accessor<ReadonlyMap<string, unknown>> {
  return useStore(() => membersStore(sourceOf(socket, toValue(channel)) as Channel<P>));
}

/** Requests of a command, and the newest reply. */
export function useRequest<P extends Protocol, C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
  socket: Socket<P>,
  cmd: CallCommand<P, C, R>,
  options: SourceOptions<P> & CallRequestOptions<P, C, R> = {},
): RequestAccessors<CallParam<P, C>, InboundParam<P, R>> {
  const send = (param: unknown) =>
    sourceOf(socket, toValue(options.channel)).request(cmd as never, param as never, { ...options, channel: undefined } as never);
  return useCalls(send, "last") as never;
}

/** Messages of a command that are kept and resent until the server has confirmed them; `unsaved` has those that are not yet. */
export function useConfirmed<P extends Protocol, C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
  socket: Socket<P>,
  cmd: CallCommand<P, C, R>,
  options: SourceOptions<P> & CallConfirmOptions<P, C, R> = {},
): ConfirmedAccessors<CallParam<P, C>, InboundParam<P, R>> {
  const send = (param: unknown) =>
    sourceOf(socket, toValue(options.channel)).confirm(cmd as never, param as never, { ...options, channel: undefined } as never);
  return useCalls(send, "each") as never;
}

/** Calls a listener when the connection is open again after a loss, but not when it opens first. */
export function useReconnected<P extends Protocol>(socket: Socket<P>, listener: (event: OpenEvent) => void): void {
  follow(() => socket.onOpen((event) => event.reconnected && listener(event)));
}

/** A value of the server: fetched, changed by messages, and fetched again after each gap. */
export function useLiveQuery<P extends Protocol, V>(socket: Socket<P>, options: QueryOptions<P, V>): QueryAccessors<V> {
  const state = useStore(() => {
    toValue(options.id);
    const source = sourceOf(socket, toValue(options.channel));
    return queryStore<P, V>(options.feed ?? socket, "name" in source ? source.name : undefined, options);
  });
  return {
    value: createMemo(() => state().value),
    status: createMemo(() => state().status),
    error: createMemo(() => state().error),
    refetch: () => state().refetch(),
  };
}

/** Does something while the component is there, and again when what it reads is another. An effect does not run on a server. */
function follow(start: () => Unsubscribe | undefined): void {
  createEffect(() => {
    const stop = start();
    if (stop) onCleanup(stop);
  });
}

function useStore<T>(make: () => Store<T>): Accessor<T> {
  const store = createMemo(make);
  const [shown, setShown] = createSignal(untrack(store).idle);
  follow(() => {
    const { read, subscribe } = store();
    const show = () => void setShown(() => read());
    const unsubscribe = subscribe(show);
    show();
    return unsubscribe;
  });
  return shown;
}

function useCalls<Param, Reply>(send: (param: Param) => Promise<Reply>, counts: "last" | "each") {
  const calls = callStore(send, counts);
  const state = useStore(() => calls);
  return {
    run: calls.run,
    data: createMemo(() => state().data),
    error: createMemo(() => state().error),
    pending: createMemo(() => state().pending),
    unsaved: createMemo(() => state().unsaved),
  };
}

function toValue<T>(value: MaybeAccessor<T>): T {
  return typeof value === "function" ? (value as Accessor<T>)() : value;
}
