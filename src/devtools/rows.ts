import type { Message } from "../index";
import type { InspectedEvent, Inspected, PlainError, RecordedEvent } from "./event";

/** What a row of the table is. */
export type RowKind = "in" | "out" | "connection" | "channel" | "error";

/** A message with its whole story, or another event. */
export interface Row {
  /** The number that all events of the row have. */
  readonly id: number;
  readonly kind: RowKind;
  /** When it began, in milliseconds since the recording began. */
  readonly at: number;
  /** What an event says; for messages their command. */
  readonly text: string;
  readonly message: Message | undefined;
  /** In characters or bytes. */
  readonly size: number | undefined;
  /** What became of a message: each step, and when. */
  readonly steps: ReadonlyArray<{ readonly at: number; readonly text: string }>;
  /** Whether something went wrong. */
  readonly isBad: boolean;
  /** How long the reply took, in milliseconds. */
  readonly latency: number | undefined;
  readonly reply: unknown;
  /** The row of the reply, or that of the request. */
  readonly pair: number | undefined;
  readonly error: PlainError | undefined;
}

type Draft = { -readonly [K in keyof Row]: Row[K] } & { steps: { at: number; text: string }[]; leftAt?: number };

/** The last step of a message. */
export function outcomeOf({ steps }: Row): string {
  return steps.at(-1)?.text ?? "";
}

/** Tells the story of each message in one row, and each other event in another, the oldest first. */
export function rowsOf({ events, commands, startedAt }: Pick<Inspected, "events" | "commands" | "startedAt">): Row[] {
  const rows: Draft[] = [];
  const byId = new Map<number, Draft>();
  const replies = new Map(commands.map(({ cmd, reply }) => [cmd, reply]));
  const add = (kind: RowKind, { at, id }: RecordedEvent, text: string, more: Partial<Draft> = {}): Draft => {
    const row: Draft = {
      ...{ id, kind, at, text, message: undefined, size: undefined, steps: [], isBad: false },
      ...{ latency: undefined, reply: undefined, pair: undefined, error: undefined, ...more },
    };
    rows.push(row);
    byId.set(id, row);
    return row;
  };
  /** The row of a message that was sent, which begins with the first of its events that is kept. */
  const sentRow = (event: RecordedEvent, message: Message) => byId.get(event.id) ?? add("out", event, message.cmd, { message });
  for (const event of events) {
    const { at } = event;
    switch (event.type) {
      case "in":
        add("in", event, event.message.cmd, { message: event.message, size: event.size });
        break;
      case "unknown": {
        const row = byId.get(event.id) ?? add("in", event, event.message.cmd, { message: event.message });
        row.steps.push({ at, text: "unknown command" });
        break;
      }
      case "queued":
        sentRow(event, event.message).steps.push({ at, text: "queued" });
        break;
      case "out": {
        const row = sentRow(event, event.message);
        row.size = event.size;
        row.steps.push({ at, text: row.leftAt === undefined ? "sent" : "sent again" });
        row.leftAt = at;
        break;
      }
      case "drop": {
        const row =
          event.reason === "buffer" ? add("in", event, event.message.cmd, { message: event.message }) : sentRow(event, event.message);
        row.steps.push({ at, text: `dropped: ${event.reason}` });
        row.isBad = true;
        break;
      }
      case "settled":
        settle(rows, sentRow(event, event.message), event, replies.get(event.message.cmd));
        break;
      case "error": {
        const { error } = event;
        add("error", event, `${error.code}: ${error.message}`, { isBad: true, error });
        if (error.code !== "validation") break;
        const row = findLast(
          rows,
          ({ kind, message, error: known }) => kind === "in" && !known && message?.cmd === error.cmd && message?.channel === error.channel,
        );
        if (!row) break;
        row.steps.push({ at, text: "dropped: validation" });
        row.isBad = true;
        row.error = error;
        break;
      }
      default: {
        const text = textOf(event, startedAt + at);
        if (text !== undefined) add(event.type === "channel" || event.type === "presence" ? "channel" : "connection", event, text);
      }
    }
  }
  return rows;
}

// Array.prototype.findLast is younger than the oldest browsers that Wireline runs in.
function findLast<T>(values: readonly T[], fits: (value: T) => boolean): T | undefined {
  for (let index = values.length - 1; index >= 0; index--) if (fits(values[index]!)) return values[index];
  return undefined;
}

/** Writes down how a request ended, and finds the message that answered it. */
function settle(rows: Draft[], row: Draft, event: Extract<RecordedEvent, { readonly type: "settled" }>, reply: string | undefined): void {
  const { at, error } = event;
  if (error) {
    row.steps.push({ at, text: `failed: ${error.code}` });
    row.isBad = true;
    row.error = error;
    return;
  }
  row.reply = event.reply;
  const { leftAt = row.at } = row;
  const channel = row.message?.channel;
  const text = JSON.stringify(event.reply);
  const answer = findLast(
    rows,
    ({ kind, message, at, pair }) =>
      kind === "in" &&
      pair === undefined &&
      at >= row.at &&
      (message?.channel === channel || message?.channel === "") &&
      (reply === undefined ? JSON.stringify(message?.param) === text : message?.cmd === reply),
  );
  if (answer) {
    answer.pair = row.id;
    answer.steps.push({ at, text: "reply" });
    row.pair = answer.id;
  }
  row.latency = (answer?.at ?? at) - leftAt;
  row.steps.push({ at, text: `answered in ${row.latency.toFixed()} ms` });
}

/**
 * What an event says that is no message; `undefined` for what is no news.
 *
 * @param now when it happened, in milliseconds of `Date.now()`
 */
export function textOf(event: InspectedEvent, now: number): string | undefined {
  switch (event.type) {
    case "attempt":
      return `attempt ${event.attempt}${event.address === undefined ? "" : `: ${event.address}`}`;
    case "open":
      return event.reconnected ? `open again after ${(event.downFor / 1000).toFixed(1)} s` : "open";
    case "close":
      return `connection ended: ${event.close.code} ${event.close.reason}`.trimEnd();
    case "status": {
      const { status, retryAt, attempt } = event.state;
      if (retryAt !== null && retryAt !== event.previous.retryAt) {
        return `${status}: attempt ${attempt} is due in ${(Math.max(0, retryAt - now) / 1000).toFixed(1)} s`;
      }
      return status === event.previous.status || status === "open" ? undefined : status;
    }
    case "identity":
      return event.identity === undefined ? "no identity" : "another identity";
    case "channel":
      return `channel ${event.channel}: ${event.status}`;
    case "presence": {
      const parts = [...event.added.map((id) => `+${id}`), ...event.removed.map((id) => `−${id}`)];
      return `channel ${event.channel}: ${parts.join(" ")}`;
    }
    case "environment":
      return event.event;
    default:
      return undefined;
  }
}
