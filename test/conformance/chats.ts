import { Socket } from "wireline";
import type { Given } from "./plays";
import { openChat } from "./recipes/projectforge";

// What the recipe for Project Forge, and the seed's own constructor, are put to, in Node and in a page alike.

type Chat = ReturnType<typeof openChat>;

/** A socket as the recipe makes it, the errors that it was told, as codes, and how often it was open. */
function opened(url: string, channel: string, given: Given) {
  const socket = openChat(`${url}/example/socket`, channel, { backoff: () => 20, ...given });
  const watched = { socket, errors: [] as string[], openings: 0 };
  socket.onError(({ code }) => void watched.errors.push(code));
  socket.onOpen(() => {
    watched.openings += 1;
  });
  return watched;
}

/** Sends a chat and resolves when it is heard: its sender is a member by then, and what came before has been told. */
async function talk(socket: Pick<Chat, "on" | "send">, text: string): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const off = socket.on("chat", (param) => {
      if (param.text !== text) return;
      off();
      resolve();
    });
  });
  socket.send("chat", { text });
  await heard;
}

/** Has the server do what no client can. */
async function order(url: string, path: string): Promise<void> {
  const { ok, status } = await fetch(`${url}/control/${path}`, { method: "POST", body: "null" });
  if (!ok) throw new Error(`The control path ${path} answers ${status}.`);
}

/** What becomes of garbage: the codes of the errors that each kind is told by, how often it was open, and where it stands. */
export async function playGarbage(url: string, channel: string, kinds: readonly string[], given: Given = {}): Promise<unknown[]> {
  const watched = opened(url, channel, given);
  using socket = watched.socket;
  await talk(socket, "here");
  const told: [kind: string, codes: string[]][] = [];
  for (const kind of kinds) {
    await order(url, `garbage?ch=${channel}&kind=${kind}`);
    await talk(socket, `after ${kind}`);
    told.push([kind, watched.errors.splice(0)]);
  }
  return [told, watched.openings, socket.state.status];
}

/** What becomes of a text that is no UTF-8: the errors and the close code that are told, and how often it was open in the end. */
export async function playNoUtf8(url: string, channel: string, given: Given = {}): Promise<unknown[]> {
  const watched = opened(url, channel, given);
  using socket = watched.socket;
  await talk(socket, "here");
  const closed = new Promise<number>((resolve) => void socket.onClose(({ code }) => resolve(code)));
  await order(url, `garbage?ch=${channel}&kind=utf8`);
  const code = await closed;
  await talk(socket, "here again");
  return [watched.errors, code, watched.openings];
}

/**
 * What `close-connection` does: what became of a word said after it, which commands were heard, how often it was open, where it
 * stands in the end, and with which close. (That half a second is left for such words is held by socket.test.ts, which can turn
 * the clock; here they are said as soon as it has come.)
 */
export async function playCloseRequest(url: string, channel: string, given: Given = {}): Promise<unknown[]> {
  let openings = 0;
  const heard: string[] = [];
  const options = { url: `${url}/connect?ch=${channel}`, channel, backoff: () => 20, ...given };
  using socket = new Socket({
    ...options,
    onOpen: () => {
      openings += 1;
    },
  });
  await Promise.all([socket.once("pong"), socket.send("ping")]);
  socket.onMessage(({ cmd }) => void heard.push(cmd));
  socket.on("close-connection", () => void heard.push("close-connection by its name"));
  const last = new Promise<string>((resolve) => void socket.on("mark", () => resolve(socket.send("chat", { text: "goodbye" }))));
  const closed = new Promise<string>((resolve) => void socket.onClose(() => resolve("not said before the close")));
  // The mark comes right behind it.
  await order(url, `close-request?ch=${channel}&cmd=mark`);
  const said = await Promise.race([last, closed]);
  await closed;
  return [said, heard.filter((cmd) => cmd !== "chat"), openings, socket.state.status, socket.state.lastClose?.code];
}

/**
 * The seed's constructor with its five arguments, in a page of the server's own: what is said before it is open, at each opening, and
 * while the connection is lost. Gives the results of sending, the texts heard without their order, and whom errors came from.
 */
export async function playSeed(channel: string): Promise<unknown[]> {
  const texts = new Set<unknown>();
  const services: string[] = [];
  const news = new Set<() => void>();
  const say = (text: string) => socket.send({ channel, cmd: "chat", param: { text } });
  const happens = (is: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => is() && resolve();
      news.add(look);
      look();
    });
  let openings = 0;
  const socket: Socket = new Socket(
    false,
    () => {
      openings += 1;
      say(`open ${openings}`);
    },
    ({ cmd, param }) => {
      if (cmd === "chat") texts.add((param as { text: string }).text);
      for (const look of news) look();
    },
    (service) => {
      services.push(service);
      for (const look of news) look();
    },
    `/connect?ch=${channel}`,
  );
  const results = new Set(Array.from({ length: 102 }, (_, index) => say(String(index))));
  await happens(() => texts.size === 101);
  await order("", `garbage?ch=${channel}&kind=null`);
  await happens(() => services.length > 0);
  const lost = new Promise<void>((resolve) => void socket.onClose(() => resolve()));
  await order("", `drop?ch=${channel}`);
  await lost;
  results.add(say("while it is lost"));
  await happens(() => texts.has("open 2") && texts.has("while it is lost"));
  socket.close();
  return [[...results], texts.size, services[0]];
}
