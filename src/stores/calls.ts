import type { ConfirmOptions, OutboundCommand, OutboundParam, Protocol, ReplyCommand, RequestOptions, SocketError } from "../index";
import { followers, type Store } from "./store";

// The types of commands that are called are those of `socket.request`: the compiler's first line about a wrong one names the right ones.

/** A command with a reply that is named in the protocol or in the options. */
export type CallCommand<P extends Protocol, C, R> = [C] extends [OutboundCommand<P>]
  ? [R] extends [never]
    ? `${C} has no reply: name one in the protocol or in the options`
    : C
  : keyof P["outbound"] & string;

/** The reply that the protocol names for a command. */
export type CallReply<P extends Protocol, C> = [C] extends [OutboundCommand<P>] ? ReplyCommand<P, C> : never;

/** The param of a command. */
export type CallParam<P extends Protocol, C> = C extends OutboundCommand<P> ? OutboundParam<P, C> : never;

/** Makes a call. The param may be omitted where `undefined` is allowed. */
export type Run<Param, Reply> = (...args: undefined extends Param ? [param?: Param] : [param: Param]) => Promise<Reply>;

/** How requests are made: what `socket.request` takes, without the channel. */
export type CallRequestOptions<P extends Protocol, C, R extends keyof P["inbound"] & string> = Omit<
  RequestOptions<P, C extends OutboundCommand<P> ? C : OutboundCommand<P>, R>,
  "channel"
>;

/** How messages are confirmed: what `socket.confirm` takes, without the channel. */
export type CallConfirmOptions<P extends Protocol, C, R extends keyof P["inbound"] & string> = Omit<
  ConfirmOptions<P, C extends OutboundCommand<P> ? C : OutboundCommand<P>, R>,
  "channel"
>;

/** What has become of the calls of a command. */
export interface CallState<Param, Reply> {
  /** The newest reply. */
  readonly data: Reply | undefined;
  /** What the last call failed with; `undefined` from the next call on. */
  readonly error: SocketError | undefined;
  /** Whether a call is not answered yet. */
  readonly pending: boolean;
  /** The params of the calls that are not answered yet, in their order. */
  readonly unsaved: readonly Param[];
}

/** The calls of one command. */
export interface CallStore<Param, Reply> extends Store<CallState<Param, Reply>> {
  /** Makes a call. It rejects like `request` or `confirm`; where nobody waits for it, that is no unhandled rejection. */
  readonly run: (param: Param) => Promise<Reply>;
}

/**
 * The calls of one command.
 *
 * @param send makes a call
 * @param counts for requests the `last` one: an older one that fails later is no error. For messages to be confirmed `each`
 */
export function callStore<Param, Reply>(send: (param: Param) => Promise<Reply>, counts: "last" | "each"): CallStore<Param, Reply> {
  const idle: CallState<Param, Reply> = { data: undefined, error: undefined, pending: false, unsaved: [] };
  let state = idle;
  let changed: (() => void) | undefined;
  /** What waits for a reply: the number and the param of each call. */
  const waiting = new Map<number, Param>();
  let last = 0;
  /** The number of the call whose reply is shown. */
  let answered = 0;

  const show = (change: Partial<CallState<Param, Reply>>) => {
    state = { ...state, ...change, pending: waiting.size > 0, unsaved: [...waiting.values()] };
    changed?.();
  };
  const settle = (number: number, concerns: boolean, change: Partial<CallState<Param, Reply>>) => {
    waiting.delete(number);
    show(concerns ? change : {});
  };

  return {
    idle,
    read: () => state,
    subscribe: followers((call) => {
      changed = call;
      return () => {
        changed = undefined;
      };
    }),
    run(param) {
      last++;
      const number = last;
      waiting.set(number, param);
      show({ error: undefined });
      const reply = send(param);
      reply.then(
        (data) => {
          const isNewest = number > answered;
          if (isNewest) answered = number;
          settle(number, isNewest, { data });
        },
        (error: SocketError) => settle(number, counts === "each" || number === last, { error }),
      );
      return reply;
    },
  };
}
