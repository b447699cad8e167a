import { expect, onTestFinished, test } from "vitest";
import { Socket } from "../../../src/index";
import { inspect } from "../../../src/devtools/index";
import { mockServer, parseRecording, watch } from "../../../src/testing/index";
import { protocol } from "./start";

/** A mock server, and a socket of its that has heard all it says. */
async function connect() {
  const server = mockServer(protocol);
  const socket = new Socket({ ...server.options, channel: "lobby" });
  onTestFinished(async () => {
    socket.close();
    await server.end();
  });
  const log = watch(socket);
  await socket.ready();
  return { server, socket, log };
}

const storyOf = ({ log, socket }: Awaited<ReturnType<typeof connect>>) => ({
  messages: log.messages.map(({ cmd, channel, param }) => [cmd, channel, param]),
  closes: log.closes.map(({ code, reason, wasClean }) => [code, reason, wasClean]),
  status: socket.state.status,
  lastClose: socket.state.lastClose,
  queued: socket.state.queued,
});

test("a recording replays to the same messages, the same closes and the same final state", async () => {
  const first = await connect();
  const inspection = inspect(first.socket);
  onTestFinished(() => inspection.stop());
  first.server.on("note", ({ id }, { reply }) => reply("saved", { id }));
  first.server.send("chat", { user: "Ann", text: "hello" });
  await first.socket.confirm("note", { id: 7 });
  first.server.cut();
  await first.server.connected();
  await first.socket.ready();
  first.server.send("chat", { user: "Bob", text: "back" });
  await first.server.settled();
  const recording = inspection.recording();
  expect(parseRecording(recording).length).toBeGreaterThan(5);

  const second = await connect();
  const played = second.server.replay(recording);
  await second.socket.confirm("note", { id: 7 });
  await played;
  await second.server.settled();
  expect(storyOf(second)).toEqual(storyOf(first));
});
