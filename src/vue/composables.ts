import {
  computed,
  type ComputedRef,
  type MaybeRef,
  type MaybeRefOrGetter,
  type ShallowRef,
  shallowRef,
  toValue,
  unref,
  watchPostEffect,
} from "vue";
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

/** How the connection is held. */
export interface ConnectionOptions {
  /** `false` lets go of it, as if the component were not there. @default true */
  enabled?: MaybeRefOrGetter<boolean | undefined>;
}

/** How a channel is held. */
export interface ChannelOptions {
  /** What the join is sent with: a value or a ref, or a function that makes it for each join. Another value is another join. @default {} */
  param?: MaybeRef<unknown>;
  /** `false` lets go of it, as if the component were not there. @default true */
  enabled?: MaybeRefOrGetter<boolean | undefined>;
}

/** Where messages are received or sent. */
export interface SourceOptions<P extends Protocol> {
  /** The channel, by its name or as `useChannel` gives it. @default every channel; to send, that of the socket */
  channel?: MaybeRefOrGetter<Channel<P> | string | undefined>;
}

/** A channel, and whether it is joined. */
export interface ChannelRefs<P extends Protocol> {
  /** The channel itself, which sends and listens. */
  readonly channel: ComputedRef<Channel<P>>;
  /** Whether it is joined. */
  readonly status: ComputedRef<ChannelState["status"]>;
  /** Why the server refused it, while the status is `refused`. */
  readonly refusal: ComputedRef<SocketError | undefined>;
}

/** What has become of the requests of a command. */
export interface RequestRefs<Param, Reply> {
  /** Sends a request. An event handler need not wait for the promise, because `error` has what it rejects with. */
  readonly run: Run<Param, Reply>;
  /** The newest reply. */
  readonly data: ComputedRef<Reply | undefined>;
  /** What the last call failed with; `undefined` from the next call on. */
  readonly error: ComputedRef<SocketError | undefined>;
  /** Whether a call is not answered yet. */
  readonly pending: ComputedRef<boolean>;
}

/** What has become of the messages of a command that are to be confirmed. */
export interface ConfirmedRefs<Param, Reply> extends RequestRefs<Param, Reply> {
  /** The params of the messages that are not confirmed yet, in their order. */
  readonly unsaved: ComputedRef<readonly Param[]>;
}

/** What a live query is made of. */
export interface QueryOptions<P extends Protocol, V> extends SourceOptions<P>, Omit<LiveQueryOptions<P, V>, "signal"> {
  /** A feed of `resume()`, where the server numbers its messages. @default messages without numbers */
  feed?: Feed<P> | undefined;
  /** What is queried, such as the id of a document: with another one the query starts again. @default always the same */
  id?: MaybeRefOrGetter<string | number | undefined>;
}

/** A value of the server. */
export interface QueryRefs<V> {
  /** The value; `undefined` while it is loading. */
  readonly value: ComputedRef<V | undefined>;
  /** Whether the value is what the server has. */
  readonly status: ComputedRef<QueryState<V>["status"]>;
  /** What the last snapshot failed with. It is fetched again after a wait. */
  readonly error: ComputedRef<unknown>;
  /** Fetches the snapshot again. */
  readonly refetch: () => void;
}

/** Keeps a socket connected while the component is there. Components that hold one socket do not take it from each other. */
export function useConnection<P extends Protocol>(socket: Socket<P>, { enabled = true }: ConnectionOptions = {}): void {
  follow(() => (toValue(enabled) === false ? undefined : socket.hold()));
}

/** The status of a connection, with a countdown to the next attempt. With a selector, it changes only when the selection does. */
export function useStatus<P extends Protocol, T = ConnectionStatus>(
  socket: Socket<P>,
  selector?: (status: ConnectionStatus) => T,
): Readonly<ShallowRef<T>> {
  const status = statusStore(socket);
  return useStore(() => (selector ? selectedStore(status, selector) : (status as Store<never>)));
}

/** Keeps a channel joined while the component is there, and says whether it is. */
export function useChannel<P extends Protocol>(
  socket: Socket<P>,
  name: MaybeRefOrGetter<string>,
  { param, enabled = true }: ChannelOptions = {},
): ChannelRefs<P> {
  const channel = computed(() => socket.channel(toValue(name)));
  // As the channel itself does: another param is one that is written otherwise.
  follow(() => (toValue(enabled) === false ? undefined : channel.value.hold(unref(param))));
  const state = useStore(() => channelStore(channel.value));
  return { channel, status: computed(() => state.value.status), refusal: computed(() => state.value.refusal) };
}

/** Calls a listener with each message of a command, once. */
export function useMessage<P extends Protocol, C extends keyof P["inbound"] & string>(
  socket: Socket<P>,
  cmd: C,
  listener: Listener<P, C>,
  { channel }: SourceOptions<P> = {},
): void {
  follow(() => sourceOf(socket, toValue(channel)).on(cmd, listener));
}

/** The param of the newest message of a command. It changes at most once per frame. */
export function useLatest<P extends Protocol, C extends keyof P["inbound"] & string, V = undefined>(
  socket: Socket<P>,
  cmd: C,
  initial?: V,
  { channel }: SourceOptions<P> = {},
): Readonly<ShallowRef<InboundParam<P, C> | V>> {
  return useStore(() => latestStore(sourceOf(socket, toValue(channel)), cmd, initial as V));
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
  { channel }: SourceOptions<P> = {},
): Readonly<ShallowRef<V>> {
  return useStore(() => reducedStore(sourceOf(socket, toValue(channel)), cmd, reducer, initial));
}

/** The members of a channel, by id, with what the server last reported of each. It does not join the channel: see `useChannel`. */
export function usePresence<P extends Protocol>(
  socket: Socket<P>,
  channel: MaybeRefOrGetter<Channel<P> | string>,
): Readonly<ShallowRef<ReadonlyMap<string, unknown>>> {
  return useStore(() => membersStore(sourceOf(socket, toValue(channel)) as Channel<P>));
}

/** Requests of a command, and the newest reply. */
export function useRequest<P extends Protocol, C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
  socket: Socket<P>,
  cmd: CallCommand<P, C, R>,
  { channel, ...options }: SourceOptions<P> & CallRequestOptions<P, C, R> = {},
): RequestRefs<CallParam<P, C>, InboundParam<P, R>> {
  const send = (param: unknown) => sourceOf(socket, toValue(channel)).request(cmd as never, param as never, options as never);
  return useCalls(send, "last") as never;
}

/** Messages of a command that are kept and resent until the server has confirmed them; `unsaved` has those that are not yet. */
export function useConfirmed<P extends Protocol, C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
  socket: Socket<P>,
  cmd: CallCommand<P, C, R>,
  { channel, ...options }: SourceOptions<P> & CallConfirmOptions<P, C, R> = {},
): ConfirmedRefs<CallParam<P, C>, InboundParam<P, R>> {
  const send = (param: unknown) => sourceOf(socket, toValue(channel)).confirm(cmd as never, param as never, options as never);
  return useCalls(send, "each") as never;
}

/** Calls a listener when the connection is open again after a loss, but not when it opens first. */
export function useReconnected<P extends Protocol>(socket: Socket<P>, listener: (event: OpenEvent) => void): void {
  follow(() => socket.onOpen((event) => event.reconnected && listener(event)));
}

/** A value of the server: fetched, changed by messages, and fetched again after each gap. */
export function useLiveQuery<P extends Protocol, V>(
  socket: Socket<P>,
  { channel, feed, id, ...options }: QueryOptions<P, V>,
): QueryRefs<V> {
  const state = useStore(() => {
    toValue(id);
    const source = sourceOf(socket, toValue(channel));
    return queryStore<P, V>(feed ?? socket, "name" in source ? source.name : undefined, options);
  });
  return {
    value: computed(() => state.value.value),
    status: computed(() => state.value.status),
    error: computed(() => state.value.error),
    refetch: () => state.value.refetch(),
  };
}

/** Does something while the component is there, and again when what it reads is another. A post effect does not run on a server. */
function follow(start: () => Unsubscribe | undefined): void {
  watchPostEffect((onCleanup) => {
    const stop = start();
    if (stop) onCleanup(stop);
  });
}

function useStore<T>(make: () => Store<T>): Readonly<ShallowRef<T>> {
  const store = computed(make);
  const shown = shallowRef(store.value.idle);
  follow(() => {
    const { read, subscribe } = store.value;
    const show = () => {
      shown.value = read();
    };
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
    data: computed(() => state.value.data),
    error: computed(() => state.value.error),
    pending: computed(() => state.value.pending),
    unsaved: computed(() => state.value.unsaved),
  };
}
