import * as z from "zod";
import { defineProtocol, type InboundParam, Socket, SocketError } from "../src/index";
import type { broadcastSchema, BroadcastResult } from "../test/server/admin";
import type { ServiceStatus } from "../test/server/service";
import { button, duration, find, make, moment, write } from "./dom";

// The pages' Content-Security-Policy forbids eval, which zod tries as soon as an object schema is made [Z2].
z.config({ jitless: true });

const stats = z.object({
  messagesSent: z.number(),
  messagesReceived: z.number(),
  messagesIgnored: z.number(),
  bytesSent: z.number(),
  bytesReceived: z.number(),
  started: z.string(),
});
const status = z.object({
  connections: z.array(
    z.object({
      id: z.string(),
      profile: z.object({ id: z.string(), name: z.string() }),
      svc: z.string(),
      channels: z.array(z.string()),
      started: z.string(),
      stats,
    }),
  ),
  channels: z.array(z.object({ key: z.string(), connIDs: z.array(z.string()), lastUpdate: z.string() })),
  stats,
}) satisfies z.ZodType<ServiceStatus>;
const said = { cmd: z.string().min(1), param: z.unknown() };
const broadcast = z.discriminatedUnion("to", [
  z.object({ to: z.literal("all"), ...said }),
  z.object({ to: z.literal("channel"), channel: z.string().min(1), ...said }),
  z.object({ to: z.literal("connection"), id: z.string().min(1), ...said }),
]) satisfies z.ZodType<z.input<typeof broadcastSchema>>;
const result = z.object({ ok: z.boolean(), error: z.string().optional() }) satisfies z.ZodType<BroadcastResult>;

/** What the admin page and its server may say. */
const protocol = defineProtocol({
  inbound: { status, "broadcast-result": result },
  outbound: { broadcast: { param: broadcast, reply: "broadcast-result" } },
});

type Status = InboundParam<typeof protocol, "status">;
type ConnectionInfo = Status["connections"][number];
type Broadcast = z.input<typeof broadcast>;

/** How long the server may take to answer a broadcast, in milliseconds. */
const patience = 5_000;

const socket = new Socket({ url: "/admin/websocket/socket", protocol, channel: "admin", backoff: { max: 5_000 } });
const rows = new Map<string, HTMLTableRowElement>();
let names = new Map<string, string>();
/** Whether a status has come. */
let seen = false;

socket.on("status", show);
socket.onStatus(showConnection);
setInterval(showConnection, 500);
find("broadcast", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

function showConnection(): void {
  const element = find("status", HTMLElement);
  write(element, socket.state.status);
  element.dataset["status"] = socket.state.status;
  const standing = `${socket.explain().replace(/\.$/, "")}.${seen ? " What you see is from before the connection was lost." : ""}`;
  write(find("explain", HTMLElement), socket.state.status === "open" ? "" : standing);
}

function show({ connections, channels, stats }: Status): void {
  seen = true;
  names = new Map(connections.map(({ id, profile }) => [id, `${profile.name} (${short(id)})`]));
  write(find("total-connections", HTMLElement), String(connections.length));
  write(find("total-channels", HTMLElement), String(channels.length));
  write(find("total-received", HTMLElement), count(stats.messagesReceived, stats.bytesReceived));
  write(find("total-sent", HTMLElement), count(stats.messagesSent, stats.bytesSent));
  write(find("total-ignored", HTMLElement), String(stats.messagesIgnored));
  find("since", HTMLElement).replaceChildren(moment(Date.parse(stats.started), true));
  showConnections(connections);
  showChannels(channels);
  showTargets(connections, channels);
}

function showConnections(connections: readonly ConnectionInfo[]): void {
  const body = find("connections", HTMLTableSectionElement);
  for (const [id, row] of rows) {
    if (names.has(id)) continue;
    row.remove();
    rows.delete(id);
  }
  for (const connection of connections) {
    const { id, profile, channels, started, stats } = connection;
    let row = rows.get(id);
    if (!row) {
      row = newRow(id);
      rows.set(id, row);
      body.append(row);
    }
    const [, who, where, since, received, sent] = row.cells;
    write(who!, profile.name);
    write(where!, channels.join(", "));
    if (!since!.firstChild) since!.append(moment(Date.parse(started), true));
    write(received!, count(stats.messagesReceived, stats.bytesReceived));
    write(sent!, count(stats.messagesSent, stats.bytesSent));
  }
  find("nobody", HTMLElement).hidden = connections.length > 0;
}

/** A row keeps its elements, so that focus and selection survive the next status. */
function newRow(id: string): HTMLTableRowElement {
  // On a phone the rows are no table to the eye; the roles keep it one for screen readers.
  const cell = (label: string, ...children: Node[]) => make("td", { role: "cell", "data-label": label }, ...children);
  return make(
    "tr",
    { role: "row" },
    make("th", { role: "rowheader", scope: "row", title: id }, make("code", {}, short(id))),
    cell("User"),
    cell("Channels"),
    cell("Since"),
    cell("Received"),
    cell("Sent"),
    cell(
      "",
      button({ "aria-label": `Message connection ${short(id)}` }, "Message", () => aimAt(`connection ${id}`)),
    ),
  );
}

function showChannels(channels: Status["channels"]): void {
  const items = channels.map(({ key, connIDs, lastUpdate }) =>
    make(
      "li",
      {},
      make("p", { class: "key" }, key, make("span", { class: "muted" }, ` ${connIDs.length}`)),
      make("p", { class: "muted" }, connIDs.map((id) => names.get(id) ?? short(id)).join(", ")),
      make("p", { class: "muted small" }, "changed ", moment(Date.parse(lastUpdate), true)),
    ),
  );
  find("channels", HTMLUListElement).replaceChildren(...items);
}

function showTargets(connections: readonly ConnectionInfo[], channels: Status["channels"]): void {
  const select = find("target", HTMLSelectElement);
  const choices = new Map([["all", "Everyone"]]);
  for (const { key } of channels) choices.set(`channel ${key}`, key);
  for (const { id } of connections) choices.set(`connection ${id}`, names.get(id)!);
  const now = [...select.options].map(({ value, text }) => `${value} ${text}`).join("\n");
  const chosen = select.value || "all";
  // Never aim at others than was chosen: who is gone stays, as gone.
  if (!choices.has(chosen)) choices.set(chosen, `${select.selectedOptions[0]!.text.replace(/, gone$/, "")}, gone`);
  if (now === [...choices].map((choice) => choice.join(" ")).join("\n")) return;
  const group = (label: string, kind: string) => {
    const options = [...choices].filter(([value]) => value.startsWith(kind)).map(([value, text]) => make("option", { value }, text));
    return options.length ? [make("optgroup", { label }, ...options)] : [];
  };
  select.replaceChildren(
    make("option", { value: "all" }, "Everyone"),
    ...group("Channels", "channel "),
    ...group("Connections", "connection "),
  );
  select.value = chosen;
}

function aimAt(target: string): void {
  find("target", HTMLSelectElement).value = target;
  find("param", HTMLTextAreaElement).focus();
}

function send(): void {
  const target = find("target", HTMLSelectElement);
  const cmd = find("cmd", HTMLInputElement);
  const text = find("param", HTMLTextAreaElement);
  const param = read(text);
  tell("", "");
  const missing = cmd.value.trim() === "";
  cmd.setAttribute("aria-invalid", String(missing));
  write(find("cmd-error", HTMLElement), missing ? "The command is empty: name one, such as notice." : "");
  if (missing) {
    cmd.focus();
    return;
  }
  if (!param) {
    text.focus();
    return;
  }
  const [to, name] = split(target.value);
  const message = {
    to,
    cmd: cmd.value.trim(),
    param: param.value,
    ...(to === "channel" && { channel: name }),
    ...(to === "connection" && { id: name }),
  };
  const label = to === "all" ? "everyone" : (target.selectedOptions[0]?.text ?? name);
  void deliver(message as Broadcast, label);
}

/** Sends a broadcast, and tells what became of it. */
async function deliver(message: Broadcast, label: string): Promise<void> {
  const asked = performance.now();
  tell(
    socket.state.status === "open" ? "Sending …" : `Not connected: it goes out if the connection is back within ${duration(patience)}.`,
    "",
  );
  try {
    const { ok, error } = await socket.request("broadcast", message, { timeout: patience });
    if (ok) tell(`${message.cmd} sent to ${label} in ${duration(performance.now() - asked)}.`, "good");
    else tell(error ?? "The server refused it and did not say why.", "bad");
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    const fate = error.sent ? "It was sent, and may have arrived." : "It was never sent.";
    const late = error.code === "timeout";
    tell(`${late ? `No answer within ${duration(patience)}.` : error.message} ${fate}`, "bad");
  }
}

/** Reads the param's JSON; what is wrong with it stands below the field. */
function read(field: HTMLTextAreaElement): { value: unknown } | undefined {
  const error = find("param-error", HTMLElement);
  try {
    const value: unknown = JSON.parse(field.value.trim() || "null");
    field.setAttribute("aria-invalid", "false");
    write(error, "");
    return { value };
  } catch (cause) {
    field.setAttribute("aria-invalid", "true");
    write(error, `This is not JSON: ${(cause as Error).message}. Write it like {"text": "Hello"}, with double quotes.`);
    return undefined;
  }
}

function tell(text: string, kind: "good" | "bad" | ""): void {
  const element = find("result", HTMLElement);
  write(element, text);
  element.className = `result ${kind}`;
}

function split(target: string): [to: string, name: string] {
  const space = target.indexOf(" ");
  return space < 0 ? [target, ""] : [target.slice(0, space), target.slice(space + 1)];
}

function short(id: string): string {
  return id.slice(0, 8);
}

function count(messages: number, bytes: number): string {
  const size =
    bytes < 1_000
      ? `${bytes}\u00a0B`
      : bytes < 1_000_000
        ? `${(bytes / 1_000).toFixed(1)}\u00a0kB`
        : `${(bytes / 1_000_000).toFixed(1)}\u00a0MB`;
  return `${messages} · ${size}`;
}
