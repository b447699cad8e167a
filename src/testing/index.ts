/**
 * A server in memory for tests of applications: typed by the protocol, with faults as verbs, and a time that tests move.
 *
 * ```ts
 * const server = mockServer(protocol);
 * const socket = new Socket(server.options);
 *
 * server.on("note", (note, { reply }) => reply("saved", { id: note.id }));
 * await server.connected();
 * server.send("chat", { user: "Ann", text: "hi" });
 * server.cut();
 * ```
 *
 * @module wireline/testing
 */

export { type MswConnection, type PlaywrightRoute, toMsw, toPlaywright, toWs, type WsConnection } from "./bridges";
export { type ClientSendOptions, MockClient, type ReceivedMessage } from "./client";
export type { TickingTimers } from "./clock";
export { MockEnvironment } from "./environment";
export type { Refusal } from "./gate";
export type { Route, Uninstall } from "./install";
export type { ClientEnd, Direction, FrameData, Uplink } from "./link";
export { type MatcherContext, type MatcherResult, matchers, type WirelineMatchers } from "./matchers";
export type { Checks, ReceivedParam, SentArguments, SentParam } from "./params";
export { formatRecording, parseRecording, type RecordedEvent } from "./recording";
export type { JoinListener, JoinRequest } from "./rooms";
export {
  type Handler,
  MockServer,
  type MockServerOptions,
  type MockSocketOptions,
  mockServer,
  type ReplayOptions,
  type ServerSendOptions,
} from "./server";
export { type SocketLog, watch } from "./watch";
export { type MockEvent, type MockListener, MockWebSocket } from "./websocket";
