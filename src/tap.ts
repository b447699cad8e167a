import type { SocketClose } from "./connection/close";
import type { OpenEvent } from "./connection/connection";
import { explain, type SocketState } from "./connection/state";
import type { SocketError } from "./errors";
import type { DropReason } from "./messages/deliveries";
import type { Message } from "./messages/message";
import type { ChannelStatus } from "./subscriptions/membership";
import { printable } from "./text";

/**
 * What happens in a socket, as {@link Socket.tap} reports it. All events of one message that was sent have the same `message`.
 *
 * - `attempt`: a connection is tried, at an address that is shown without its secrets.
 * - `status`, `open`, `close`, `error`, `drop`: as `onStatus` and the others report them.
 * - `in`: a message arrived; its `size` is in characters if it is text, in bytes if it is binary. No schema has seen it yet.
 * - `unknown`: the protocol does not name its command.
 * - `queued`: a message waits.
 * - `out`: a message left; again, if it is resent. Its `size` counts like that of `in`. Joins, leaves and heartbeats are messages, too.
 * - `settled`: a request or confirmation has its reply, or failed.
 * - `channel`: the status of a channel changed.
 */
export type TapEvent =
  | { readonly type: "attempt"; readonly attempt: number; readonly address: string | undefined }
  | { readonly type: "status"; readonly state: SocketState; readonly previous: SocketState }
  | ({ readonly type: "open" } & OpenEvent)
  | { readonly type: "close"; readonly close: SocketClose }
  | { readonly type: "error"; readonly error: SocketError }
  | { readonly type: "drop"; readonly message: Message; readonly reason: DropReason }
  | { readonly type: "in" | "out"; readonly message: Message; readonly size: number }
  | { readonly type: "unknown" | "queued"; readonly message: Message }
  | { readonly type: "settled"; readonly message: Message; readonly reply?: unknown; readonly error?: SocketError | undefined }
  | { readonly type: "channel"; readonly channel: string; readonly status: ChannelStatus; readonly previous: ChannelStatus };

/**
 * An event as a line for people, without params and tokens; none for what would be too much.
 *
 * @param slowedBy what makes retries rare
 */
export function lineOf(event: TapEvent, slowedBy: string | undefined): string | undefined {
  switch (event.type) {
    case "attempt":
      return `connecting to ${event.address}`;
    case "status":
      return explain(event.state, slowedBy);
    case "drop":
      return `dropped ${printable(event.message.cmd, 64)}: ${event.reason}`;
    case "unknown":
      return `unknown command ${printable(event.message.cmd, 64)}`;
    case "channel":
      return `channel ${printable(event.channel, 64)}: ${event.status}`;
    default:
      return undefined;
  }
}
