/**
 * Resume: what the server sent while the connection was down.
 *
 * **Gaps:** {@link onGap} reports each time messages may be missing, on any server.
 *
 * **Numbers:** where the server numbers the messages of each channel, {@link resume} delivers each once and in order, and finds
 * every hole.
 *
 * **Replay:** where it also keeps its last messages, a join says which one came last, and the server sends the rest.
 *
 * **Live queries:** {@link liveQuery} fetches a value, changes it with each message, and fetches it again after each gap.
 *
 * @module wireline/resume
 */

import type { Protocol, Socket, Unsubscribe } from "../index";
import { type Feed, type ResumeOptions, SocketFeed } from "./feed";
import type { Gap } from "./line";
import { type LiveQuery, type LiveQueryOptions, Query } from "./query";

export type { Feed, ReplayCommand, ResumeOptions } from "./feed";
export type { Gap, GapReason, Outcome, Position, ReplayAnswer, Resumption } from "./line";
export type { LiveQuery, LiveQueryOptions, QueryStatus } from "./query";

/**
 * Listens to gaps: after each reopening, and after each message that was too large, did not fit, or was pushed out of a buffer.
 *
 * @example
 * const unsubscribe = onGap(socket, () => queryClient.invalidateQueries());
 */
export function onGap<P extends Protocol>(socket: Socket<P>, listener: (gap: Gap) => void): Unsubscribe {
  const feed = new SocketFeed(socket, {});
  feed.onGap(listener);
  return () => feed.stop();
}

/**
 * Follows a socket, or one channel of it, until `stop()`. Make it before the connection opens, beside the socket.
 *
 * @example
 * const news = resume(socket, {
 *   channel: "news",
 *   id: (message) => (message.cmd === "item" ? message.param.seq : undefined),
 *   replay: "joined",
 * });
 * news.on("item", (item) => show(item));
 * news.onGap(() => refetch());
 * socket.channel("news").join(news.position);
 */
export function resume<P extends Protocol>(socket: Socket<P>, options: ResumeOptions<P> = {}): Feed<P> {
  return new SocketFeed(socket, options);
}

/**
 * Keeps a value as the server has it. It subscribes, fetches a snapshot, and applies the messages that are newer. It does so again
 * after each gap, and after a failed snapshot.
 *
 * @param source a feed; or a socket, for messages without numbers
 *
 * @example
 * const tasks = liveQuery(socket, {
 *   snapshot: async ({ signal }): Promise<Task[]> => (await fetch("/api/tasks", { signal })).json(),
 *   apply: (tasks, { cmd, param }) => (cmd === "task" ? [...tasks.filter(({ id }) => id !== param.id), param] : tasks),
 * });
 * tasks.onChange(({ value, status }) => show(value, status));
 */
export function liveQuery<P extends Protocol, V>(source: Socket<P> | Feed<P>, options: LiveQueryOptions<P, V>): LiveQuery<V> {
  // Not by its class, of which a project may have two copies: a module and a CommonJS file.
  const feed = "idOf" in source ? source : new SocketFeed(source, {});
  return new Query(feed as never, options as never, feed !== source);
}
