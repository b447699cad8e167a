import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** A server for the examples of the documentation. */
export interface ExampleServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What the server answers to a command, in the same channel; a command that is not here has no answer. */
const answers: Record<string, (param: Record<string, unknown>) => { cmd: string; param: unknown }> = {
  ping: () => ({ cmd: "pong", param: { timestamp: Date.now() } }),
  chat: ({ text }) => ({ cmd: "chat", param: { user: "Ann", text, time: new Date().toISOString() } }),
  note: ({ id }) => ({ cmd: "saved", param: { id } }),
  "log-in": () => ({ cmd: "welcome", param: { user: "ada" } }),
  "refresh-token": () => ({ cmd: "token-accepted", param: { validFor: 300_000 } }),
  join: () => ({ cmd: "online-update", param: { userID: "Bob", connected: true } }),
  history: () => ({ cmd: "messages", param: { messages: [] } }),
};

/** Serves an empty page, and answers the commands that the documentation uses; what is not JSON comes back as it is. */
export async function startExampleServer(): Promise<ExampleServer> {
  const http = createServer((_, response) =>
    response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>Examples</title><main></main>"),
  );
  const sockets = new WebSocketServer({ server: http, handleProtocols: (offered) => [...offered][0] ?? false });
  sockets.on("connection", (connection: WebSocket) => {
    connection.on("message", (data, isBinary) => {
      const message = isBinary ? undefined : parsed(String(data));
      if (!message) return connection.send(data, { binary: isBinary });
      const { channel, cmd, param } = message;
      const answer = answers[cmd]?.(param ?? {});
      if (answer) connection.send(JSON.stringify({ channel, ...answer }));
    });
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close: async () => {
      for (const connection of sockets.clients) connection.terminate();
      await new Promise((done) => http.close(done));
    },
  };
}

function parsed(text: string): { channel: string; cmd: string; param?: Record<string, unknown> } | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value?.cmd === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
