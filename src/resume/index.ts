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

export { type Feed, onGap, type ReplayCommand, resume, type ResumeOptions } from "./feed";
export type { Gap, GapReason, Outcome, Position, ReplayAnswer, Resumption } from "./line";
export { type LiveQuery, liveQuery, type LiveQueryOptions, type QueryStatus } from "./query";
