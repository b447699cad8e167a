import { defineProtocol, type Schema, Socket } from "wireline";

// What the pages of all frameworks share: the socket, and what a test reads of them.

/** Takes everything: what is tested here are components. */
const some = <T>(): Schema<T, T> => ({ "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as T }) } });

const protocol = defineProtocol({
  inbound: { chat: some<{ user: string; text: string }>(), pong: some<{ timestamp: number }>() },
  outbound: {
    chat: { param: some<{ text: string }>(), reply: "chat", delivery: "confirm", match: (sent, chat) => sent.text === chat.text },
    ping: { param: some<object>(), reply: "pong" },
  },
});

/** Changed by tests that edit this file. */
export const edition = "edition 1";

export const socket = new Socket({
  url: () => `${new URLSearchParams(location.search).get("server")}/example/socket?user=Ada&ch=own`,
  protocol,
  autoConnect: false,
  backoff: { min: 2_000, max: 2_000 },
});

/** What components note, which outlives them and their modules. */
export interface Trace {
  /** The texts that each component has heard. */
  readonly heard: Record<string, string[]>;
  /** How often each component was rendered, where it notes that. */
  readonly renders: Record<string, number>;
  reconnects: number;
}

const page = globalThis as typeof globalThis & { trace?: Trace };
page.trace ??= { heard: {}, renders: {}, reconnects: 0 };
export const trace: Trace = page.trace;

export function hear(component: string, text: string): void {
  trace.heard[component] ??= [];
  trace.heard[component].push(text);
}

export function rendered(component: string): void {
  trace.renders[component] = (trace.renders[component] ?? 0) + 1;
}
