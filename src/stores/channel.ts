import type { Channel, ChannelStatus, Protocol, Socket, SocketError } from "../index";
import { type Store, storeOf } from "./store";

/** Whether a channel is joined. */
export interface ChannelState<P extends Protocol = Protocol> {
  /** The channel itself, which sends and listens. */
  readonly channel: Channel<P>;
  /** Whether it is joined. */
  readonly status: ChannelStatus;
  /** Why the server refused it, while the status is `refused`. */
  readonly refusal: SocketError | undefined;
}

/** The status of a channel. It does not join it: see `channel.hold()`. */
export function channelStore<P extends Protocol>(channel: Channel<P>): Store<ChannelState<P>> {
  return storeOf<ChannelState<P>>(
    { channel, status: "left", refusal: undefined },
    () => ({ channel, status: channel.status, refusal: channel.refusal }),
    (changed) => channel.onStatus(changed),
  );
}

const nobody: ReadonlyMap<string, unknown> = /* @__PURE__ */ new Map();

/** The members of a channel, by id, with what the server last reported of each. */
export function membersStore<P extends Protocol>(channel: Channel<P>): Store<ReadonlyMap<string, unknown>> {
  return storeOf(
    nobody,
    // A channel that nobody uses makes a new empty Map each time.
    () => (channel.members.size ? channel.members : nobody),
    (changed) => channel.onPresence(changed),
  );
}

/** Where messages are received and sent: a channel, by its name or itself; none is the socket, with all its channels. */
export function sourceOf<P extends Protocol>(socket: Socket<P>, channel: Channel<P> | string | undefined): Socket<P> | Channel<P> {
  return typeof channel === "string" ? socket.channel(channel) : (channel ?? socket);
}
