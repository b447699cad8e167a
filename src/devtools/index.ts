/**
 * The inspector of Wireline: what is queued, which reply belongs to which request, why a message was dropped, when the next retry
 * comes. For development: guard it by `import.meta.env.DEV`, and nothing of it is in a production build.
 *
 * ```ts
 * if (import.meta.env.DEV) {
 *   const { inspect, mount } = await import("wireline/devtools");
 *   inspect(socket, { name: "chat", protocol });
 *   mount();
 * }
 * ```
 *
 * @module wireline/devtools
 */

import type { Inspected } from "./event";
import { type LogOptions, linesOf } from "./lines";
import { registry } from "./registry";

export type {
  Action,
  CommandForm,
  InspectedEvent,
  Inspected,
  JsonSchema,
  PlainError,
  PlainState,
  RecordedEvent,
  View,
} from "./event";
export { type FaultOptions, Faults, faults } from "./faults";
export { type Har, type HarMessage, toHar } from "./har";
export { inspect, type InspectOptions, Inspection } from "./inspection";
export type { LogOptions } from "./lines";
export { type Edge, mount, type MountOptions } from "./mount";
export { type Port, receive, share } from "./ports";
export { formatEvents, openRecording, type Recording } from "./recording";
export { outcomeOf, type Row, type RowKind, rowsOf } from "./rows";
export { type TanStackPlugin, tanStackPlugin } from "./tanstack";

/**
 * What is kept of every inspected socket as text, one line an event: for terminals and for agents. Params are left out unless they
 * are asked for.
 */
export function log(options?: LogOptions): string {
  return registry.all.map((inspected) => linesOf(inspected, options)).join("\n");
}

/** The inspected sockets and the open recordings. */
export function inspected(): readonly Inspected[] {
  return registry.all;
}
