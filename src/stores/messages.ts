import type { Channel, InboundMessage, InboundParam, Protocol, Socket, Unsubscribe } from "../index";
import { followers, type Store } from "./store";

/** How a value changes with a message. */
export type Reducer<P extends Protocol, C extends keyof P["inbound"] & string, V> = (
  value: V,
  param: InboundParam<P, C>,
  message: InboundMessage<P, C>,
) => V;

/** Where there are no frames, as in a hidden page, this passes for one, in milliseconds. */
const longestFrame = 100;

/**
 * A value that each message of a command changes while the store is followed. The reducer is called once for each
 * message, as it comes; what is read changes once per frame.
 */
export function reducedStore<P extends Protocol, C extends keyof P["inbound"] & string, V>(
  source: Socket<P> | Channel<P>,
  cmd: C,
  reducer: Reducer<P, C, V>,
  initial: V,
): Store<V> {
  let value = initial;
  let shown = initial;
  return {
    idle: initial,
    read: () => shown,
    subscribe: followers((changed) => {
      let cancel: Unsubscribe | undefined;
      const show = () => {
        cancel?.();
        cancel = undefined;
        shown = value;
      };
      const unsubscribe = source.on(cmd, (param, message) => {
        value = reducer(value, param, message);
        cancel ??= onFrame(() => {
          show();
          changed();
        });
      });
      return () => {
        unsubscribe();
        show();
      };
    }),
  };
}

/** The param of the newest message of a command. */
export function latestStore<P extends Protocol, C extends keyof P["inbound"] & string, V = undefined>(
  source: Socket<P> | Channel<P>,
  cmd: C,
  initial: V,
): Store<InboundParam<P, C> | V> {
  return reducedStore<P, C, InboundParam<P, C> | V>(source, cmd, (_, param) => param, initial);
}

/** Calls a function in the next frame, or a little later where there is none; returns what takes that back. */
function onFrame(run: () => void): Unsubscribe {
  // Engines without a page have no such function.
  const frame = globalThis.requestAnimationFrame?.(run);
  const timer = setTimeout(run, longestFrame);
  return () => {
    if (frame !== undefined) cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
