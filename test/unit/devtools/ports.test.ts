import { MessageChannel } from "node:worker_threads";
import { expect, onTestFinished, test, vi } from "vitest";
import { inspected, type Port, receive, rowsOf, share } from "../../../src/devtools/index";
import { start } from "./start";

test("a page shows the sockets that a worker shares, and acts on them; without secrets", async () => {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    port2.close();
  });
  const { socket, inspection, native } = await start();
  native.open();
  socket.send("chat", { text: "before" });
  // Both ends are in this thread, so what is received must not be shared again.
  const stop = share(port1 as unknown as Port);
  onTestFinished(stop);
  const end = receive(port2 as unknown as Port);
  onTestFinished(end);
  const remote = await vi.waitUntil(() => inspected().find((one) => one !== inspection));
  const stories = () => rowsOf(remote).filter(({ message }) => message);
  await vi.waitUntil(() => stories().length === 1);
  expect([remote.name, remote.view?.state.status, remote.commands.length]).toEqual(["chat", "open", 2]);
  native.says({ channel: "lobby", cmd: "chat", param: { user: "Ann", text: "hi", password: "open sesame" } });
  await vi.waitUntil(() => stories().length === 2);
  expect(stories()[1]!.message?.param).toEqual({ user: "Ann", text: "hi", password: "(secret)" });
  remote.act({ type: "send", cmd: "chat", param: { text: "from the page" } });
  await vi.waitUntil(() => stories().length === 3);
  expect(JSON.parse(String(native.sent.at(-1))).param).toEqual({ text: "from the page" });
  inspection.stop();
  await vi.waitUntil(() => !inspected().includes(remote));
});
