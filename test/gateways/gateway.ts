import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../harness/peer";
import { Program } from "../harness/program";
import { findHaproxy, findNginx } from "./programs";

/** What stands between clients and servers. */
export type GatewayName = "nginx" | "haproxy";

/** How a gateway is set up. */
export interface GatewayOptions {
  /** The port of 127.0.0.1 to forward to; it need not listen yet. */
  target: number;
  /** After how many seconds of silence it ends a WebSocket. */
  idle: number;
  /** Whether it knows of WebSockets; nginx does not unless told. @default true */
  upgrades?: boolean;
}

/** A program of its kind: how it is set up, started, and reloads its settings. */
interface Kind {
  find(): string | undefined;
  settings(port: number, options: GatewayOptions, folder: string): string;
  args(file: string): string[];
  /** What it prints when it has started. */
  ready: RegExp;
  /** Reloads its settings, or returns the process that takes its place. */
  reload(program: Program, file: string): Promise<Program>;
}

/** A part of the settings that the documentation shows, which are what is tested. */
function advised(name: string, part: RegExp): string {
  const blocks =
    readFileSync(join(import.meta.dirname, "../../playground/docs/recipes/proxies.md"), "utf8").match(
      /^```(?:nginx|ini)\n[\s\S]*?^```$/gm,
    ) ?? [];
  const found = part.exec(blocks.join("\n"))?.[0];
  if (found === undefined) throw new Error(`The documentation shows no ${name} for a proxy: write it there, and it is tested here.`);
  return found;
}

const kinds: Record<GatewayName, Kind> = {
  nginx: {
    find: findNginx,
    settings: (port, { target, idle, upgrades = true }, folder) => `
      daemon off;
      pid ${folder}/pid;
      error_log stderr notice;
      worker_processes 1;
      worker_shutdown_timeout 1s;
      events {}
      http {
        access_log off;
        ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n        ")}
        proxy_max_temp_file_size 0;
        ${advised("map", /^map .*$/m)}
        server {
          listen 127.0.0.1:${port};
          ${advised("location", /^location [\s\S]*^\}$/m)
            .replace("/connect", "/")
            .replace("127.0.0.1:8080", `127.0.0.1:${target}`)
            .replace("75s", `${idle}s`)
            .replace(upgrades ? /$^/ : /.*_upgrade;\n/g, "")}
        }
      }`,
    args: (file) => ["-e", "stderr", "-c", file],
    ready: /start worker process /,
    reload: async (program) => {
      process.kill(program.pid, "SIGHUP");
      await program.says(/start worker process [\s\S]*start worker process /);
      return program;
    },
  },
  haproxy: {
    find: findHaproxy,
    settings: (port, { target, idle }) =>
      [
        "global",
        "  hard-stop-after 1s",
        "defaults",
        "  mode http",
        "  timeout connect 5s",
        "  retries 0",
        "  timeout client 60s",
        "  timeout server 60s",
        `  ${advised("timeout", /^timeout tunnel .*$/m).replace("75s", `${idle}s`)}`,
        "listen websockets",
        `  bind 127.0.0.1:${port}`,
        `  server one 127.0.0.1:${target}`,
        "",
      ].join("\n"),
    args: (file) => ["-W", "-db", "-f", file],
    ready: /Loading success/,
    // Not by a signal, which sleeps with one that has just started until something else wakes it.
    reload: async (program, file) => {
      const [, worker] = await program.says(/new worker \((\d+)\)/i);
      const next = new Program(findHaproxy()!, ["-W", "-db", "-f", file, "-sf", worker!]);
      await next.says(/Loading success/);
      return next;
    },
  },
};

/** Every gateway there is. */
export const gateways: GatewayName[] = ["nginx", "haproxy"];

/** Whether a gateway is installed. */
export const isInstalled = (name: GatewayName): boolean => kinds[name].find() !== undefined;

/** Starts a gateway on a free port of 127.0.0.1. */
export async function startGateway(name: GatewayName, options: GatewayOptions): Promise<Gateway> {
  const gateway = new Gateway(kinds[name], await freePort(), options);
  try {
    await gateway.start();
    return gateway;
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

/** A real nginx or HAProxy before one server. Created by `startGateway`. */
export class Gateway {
  readonly #kind: Kind;
  readonly #folder = mkdtempSync(join(tmpdir(), "wireline-gateway-"));
  readonly #file = join(this.#folder, "settings");
  readonly #port: number;
  #programs: Program[] = [];

  constructor(kind: Kind, port: number, options: GatewayOptions) {
    this.#kind = kind;
    this.#port = port;
    writeFileSync(this.#file, kind.settings(port, options, this.#folder));
  }

  /** Where a page finds it, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Runs the program; resolves when it takes connections. */
  async start(): Promise<void> {
    const program = new Program(this.#kind.find()!, this.#kind.args(this.#file));
    this.#programs = [program];
    await program.says(this.#kind.ready);
  }

  /** Reloads its settings: open connections end after a second, and new ones are accepted at once. */
  async reload(): Promise<void> {
    this.#programs.push(await this.#kind.reload(this.#programs.at(-1)!, this.#file));
  }

  /** Kills it with all its connections. */
  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end()));
    this.#programs = [];
  }

  /** Kills it, and removes its files. */
  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
