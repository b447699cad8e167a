import { onMount, untrack } from "svelte";
import { createSubscriber } from "svelte/reactivity";
import { toStore } from "svelte/store";
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

/** A value, or a function that reads it, so that it may change: `() => name`. */
export type MaybeGetter<T> = T | (() => T);

/** A value that changes: what reads `current` in a template or an effect follows it. */
export interface Current<T> {
  /** The value now. */
  readonly current: T;
}

/** How the connection is held. */
export interface ConnectionOptions {
  /** `false` lets go of it, as if the component were not there. @default true */
  enabled?: MaybeGetter<boolean | undefined>;
}

/** How a channel is held. */
export interface ChannelOptions {
  /**
   * What the join is sent with: a value, which may be a reactive getter; or a function that makes it for each join. Another
   * value is another join. @default {}
   */
  param?: unknown;
  /** `false` lets go of it, as if the component were not there. @default true */
  enabled?: MaybeGetter<boolean | undefined>;
}

/** Where messages are received or sent. */
export interface SourceOptions<P extends Protocol> {
  /** The channel, by its name or as `useChannel` gives it. @default every channel; to send, that of the socket */
  channel?: MaybeGetter<Channel<P> | string | undefined>;
}

/** A channel, and whether it is joined. Its properties change, so it must not be destructured. */
export interface ReactiveChannel<P extends Protocol> {
  /** The channel itself, which sends and listens. */
  readonly channel: Channel<P>;
  /** Whether it is joined. */
  readonly status: ChannelState["status"];
  /** Why the server refused it, while the status is `refused`. */
  readonly refusal: SocketError | undefined;
}

/** What has become of the requests of a command. Its properties change, so it must not be destructured. */
export interface ReactiveRequest<Param, Reply> {
  /** Sends a request. An event handler need not wait for the promise, because `error` has what it rejects with. */
  readonly run: Run<Param, Reply>;
  /** The newest reply. */
  readonly data: Reply | undefined;
  /** What the last call failed with; `undefined` from the next call on. */
  readonly error: SocketError | undefined;
  /** Whether a call is not answered yet. */
  readonly pending: boolean;
}

/** What has become of the messages of a command that are to be confirmed. Its properties change, so it must not be destructured. */
export interface ReactiveConfirmed<Param, Reply> extends ReactiveRequest<Param, Reply> {
  /** The params of the messages that are not confirmed yet, in their order. */
  readonly unsaved: readonly Param[];
}

/** What a live query is made of. */
export interface QueryOptions<P extends Protocol, V> extends SourceOptions<P>, Omit<LiveQueryOptions<P, V>, "signal"> {
  /** A feed of `resume()`, where the server numbers its messages. @default messages without numbers */
  feed?: Feed<P> | undefined;
  /** What is queried, such as the id of a document: with another one the query starts again. @default always the same */
  id?: MaybeGetter<string | number | undefined>;
}

/** Keeps a socket connected while the component is there. Components that hold one socket do not take it from each other. */
export function useConnection<P extends Protocol>(socket: Socket<P>, options: ConnectionOptions = {}): void {
  follow(
    () => isEnabled(options),
    (enabled) => (enabled ? socket.hold() : undefined),
  );
}

/** The status of a connection, with a countdown to the next attempt. With a selector, it changes only when the selection does. */
export function useStatus<P extends Protocol, T = ConnectionStatus>(
  socket: Socket<P>,
  selector?: (status: ConnectionStatus) => T,
): Current<T> {
  const status = statusStore(socket);
  return useStore(() => (selector ? selectedStore(status, selector) : (status as Store<never>)));
}

/** Keeps a channel joined while the component is there, and says whether it is. */
export function useChannel<P extends Protocol>(
  socket: Socket<P>,
  name: MaybeGetter<string>,
  options: ChannelOptions = {},
): ReactiveChannel<P> {
  const channelNow = () => socket.channel(toValue(name));
  // As the channel itself does: another param is one that is written otherwise.
  follow(
    () => ({ channel: channelNow(), param: options.param, enabled: isEnabled(options) }),
    ({ channel, param, enabled }) => (enabled ? channel.hold(param) : undefined),
  );
  const state = useStore(() => channelStore(channelNow()));
  return {
    get channel() {
      return channelNow();
    },
    get status() {
      return state.current.status;
    },
    get refusal() {
      return state.current.refusal;
    },
  };
}

/** Calls a listener with each message of a command, once. */
export function useMessage<P extends Protocol, C extends keyof P["inbound"] & string>(
  socket: Socket<P>,
  cmd: C,
  listener: Listener<P, C>,
  options: SourceOptions<P> = {},
): void {
  follow(
    () => sourceOf(socket, toValue(options.channel)),
    (source) => source.on(cmd, listener),
  );
}

/** The param of the newest message of a command. It changes at most once per frame. */
export function useLatest<P extends Protocol, C extends keyof P["inbound"] & string, V = undefined>(
  socket: Socket<P>,
  cmd: C,
  initial?: V,
  options: SourceOptions<P> = {},
): Current<InboundParam<P, C> | V> {
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
): Current<V> {
  return useStore(() => reducedStore(sourceOf(socket, toValue(options.channel)), cmd, reducer, initial));
}

/** The members of a channel, by id, with what the server last reported of each. It does not join the channel: see `useChannel`. */
export function usePresence<P extends Protocol>(
  socket: Socket<P>,
  channel: MaybeGetter<Channel<P> | string>,
): Current<ReadonlyMap<string, unknown>> {
  return useStore(() => membersStore(sourceOf(socket, toValue(channel)) as Channel<P>));
}

/** Requests of a command, and the newest reply. */
export function useRequest<P extends Protocol, C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
  socket: Socket<P>,
  cmd: CallCommand<P, C, R>,
  options: SourceOptions<P> & CallRequestOptions<P, C, R> = {},
): ReactiveRequest<CallParam<P, C>, InboundParam<P, R>> {
  const send = (param: unknown) =>
    sourceOf(socket, toValue(options.channel)).request(cmd as never, param as never, { ...options, channel: undefined } as never);
  return useCalls(send, "last") as never;
}

/** Messages of a command that are kept and resent until the server has confirmed them; `unsaved` has those that are not yet. */
export function useConfirmed<P extends Protocol, C extends string, R extends keyof P["inbound"] & string = CallReply<P, C>>(
  socket: Socket<P>,
  cmd: CallCommand<P, C, R>,
  options: SourceOptions<P> & CallConfirmOptions<P, C, R> = {},
): ReactiveConfirmed<CallParam<P, C>, InboundParam<P, R>> {
  const send = (param: unknown) =>
    sourceOf(socket, toValue(options.channel)).confirm(cmd as never, param as never, { ...options, channel: undefined } as never);
  return useCalls(send, "each") as never;
}

/** Calls a listener when the connection is open again after a loss, but not when it opens first. */
export function useReconnected<P extends Protocol>(socket: Socket<P>, listener: (event: OpenEvent) => void): void {
  onMount(() => socket.onOpen((event) => event.reconnected && listener(event)));
}

/** A value of the server: fetched, changed by messages, and fetched again after each gap. */
export function useLiveQuery<P extends Protocol, V>(socket: Socket<P>, options: QueryOptions<P, V>): QueryState<V> {
  const state = useStore(() => {
    toValue(options.id);
    const source = sourceOf(socket, toValue(options.channel));
    return queryStore<P, V>(options.feed ?? socket, "name" in source ? source.name : undefined, options);
  });
  return {
    get value() {
      return state.current.value;
    },
    get status() {
      return state.current.status;
    },
    get error() {
      return state.current.error;
    },
    refetch: () => state.current.refetch(),
  };
}

/** Does something while the component is there, and again when what it reads is another. `onMount` does not run on a server. */
function follow<T>(read: () => T, start: (value: T) => Unsubscribe | undefined): void {
  onMount(() => {
    let stop: Unsubscribe | undefined;
    // The rune `$effect` needs Svelte's compiler; a store made of a getter follows it as well.
    const unsubscribe = toStore(read).subscribe((value) => {
      stop?.();
      stop = untrack(() => start(value));
    });
    return () => {
      unsubscribe();
      stop?.();
    };
  });
}

function useStore<T>(make: () => Store<T>): Current<T> {
  let shown = untrack(make).idle;
  let update = () => {};
  const track = createSubscriber((changed) => {
    update = changed;
  });
  follow(make, ({ read, subscribe }) => {
    const show = () => {
      const value = read();
      if (Object.is(value, shown)) return;
      shown = value;
      update();
    };
    const unsubscribe = subscribe(show);
    show();
    return unsubscribe;
  });
  return {
    get current() {
      track();
      return shown;
    },
  };
}

function useCalls<Param, Reply>(send: (param: Param) => Promise<Reply>, counts: "last" | "each") {
  const calls = callStore(send, counts);
  const state = useStore(() => calls);
  return {
    run: calls.run,
    get data() {
      return state.current.data;
    },
    get error() {
      return state.current.error;
    },
    get pending() {
      return state.current.pending;
    },
    get unsaved() {
      return state.current.unsaved;
    },
  };
}

function toValue<T>(value: MaybeGetter<T>): T {
  return typeof value === "function" ? (value as () => T)() : value;
}

function isEnabled({ enabled }: ConnectionOptions): boolean {
  return toValue(enabled) !== false;
}
