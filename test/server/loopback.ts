import type { AddressInfo, Server } from "node:net";

/** How often a free port is looked for, where the one that 127.0.0.1 gave is taken on ::1. */
const ATTEMPTS = 10;

/**
 * Has two servers listen on the same port, one on 127.0.0.1 and one on ::1: `localhost` is either, depending on the client. A machine
 * without IPv6 has only the first.
 *
 * @param port 0 takes a free one
 * @returns the port; rejects when it is taken on one of the addresses, and then listens on neither
 */
export async function listenOnLoopback(four: Server, six: Server, port: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    await listen(four, port, "127.0.0.1");
    const { port: given } = four.address() as AddressInfo;
    try {
      await listen(six, given, "::1");
      return given;
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return given;
      await new Promise((resolve) => four.close(resolve));
      if (port !== 0 || code !== "EADDRINUSE" || attempt === ATTEMPTS) throw error;
    }
  }
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
