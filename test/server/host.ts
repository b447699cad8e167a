import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { listenOnLoopback } from "./loopback";

/** What a framework does with a request: answers it, or takes its connection away from HTTP. */
export type Serve = (request: IncomingMessage, response: ServerResponse, take: () => Duplex) => void;

/** An HTTP server that runs. */
export interface Host {
  readonly port: number;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
}

/** Starts an HTTP server on 127.0.0.1 and ::1 that shows each request, whether it asks for an upgrade or not, to the same function. */
export async function startHost(port: number, serve: Serve): Promise<Host> {
  const servers = [createServer(), createServer()] as const;
  const links = new Set<Socket>();
  const taken = (link: Duplex, response: ServerResponse) => () => {
    response.detachSocket(link as Socket);
    return link;
  };
  for (const server of servers) {
    server.on("connection", (link) => {
      links.add(link);
      link.once("close", () => links.delete(link));
    });
    server.on("request", (request, response) => serve(request, response, taken(request.socket, response)));
    server.on("upgrade", (request, link, head) => {
      link.on("error", () => link.destroy());
      // As gorilla does with a client that speaks before it is let in.
      if (head.length > 0) return void link.destroy();
      const response = new ServerResponse(request);
      response.assignSocket(link as Socket);
      response.shouldKeepAlive = false;
      response.once("finish", () => {
        link.end();
        // Until what the client still says has been read to its end, the connection would stay.
        link.resume();
      });
      serve(request, response, taken(link, response));
    });
  }
  return {
    port: await listenOnLoopback(...servers, port),
    close: async () => {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const link of links) link.destroy();
      await Promise.all(closed);
    },
  };
}

/** Answers a request with a text, whose length is told as Go tells it; the type is of UTF-8 where no header says otherwise. */
export function answer(response: ServerResponse, status: number, type: string, text: string, headers: Record<string, string> = {}): void {
  const all = { "Content-Type": `${type}; charset=utf-8`, "Content-Length": Buffer.byteLength(text), ...headers };
  response.writeHead(status, all).end(text);
}

/** The path of a request, without its query. */
export function pathOf({ url = "/" }: IncomingMessage): string {
  return url.replace(/\?.*/s, "");
}
