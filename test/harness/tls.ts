import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { promisify } from "node:util";
import { onPath } from "../tools/browsers";

/** TLS before one server of this machine, with a certificate that it has signed itself. */
export interface TlsGate {
  /** Where a page finds it, without a slash at the end; `localhost` is as good as the number. */
  readonly url: string;
  /** The file of its certificate, for who wants to trust it. */
  readonly certificate: string;
  /** Ends each connection without a word. */
  cut(): void;
  close(): Promise<void>;
}

/** The program that makes certificates; `undefined` where there is none. */
export const findOpenssl = (): string | undefined => onPath("openssl");

/**
 * Starts TLS on a free port of 127.0.0.1.
 *
 * @param target the port to forward to
 */
export async function startTlsGate(target: number): Promise<TlsGate> {
  const folder = mkdtempSync(join(tmpdir(), "wireline-tls-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const names = ["-subj", "/CN=wireline.test", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const kind = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  await promisify(execFile)(findOpenssl()!, ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", certificate]);

  const links = new Set<Socket>();
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => {});
      one.once("close", () => other.destroy());
      one.pipe(other);
    }
  });
  server.on("connection", (link: Socket) => {
    links.add(link);
    link.on("error", () => {});
    link.once("close", () => links.delete(link));
  });
  // Who does not trust the certificate hangs up.
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const link of links) link.destroy();
  };
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    cut,
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
