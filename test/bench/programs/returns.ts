import type { WebSocketClass } from "wireline";
import { WebSocket } from "ws";
import { libraries } from "../libraries";

// Clients of a library's whose server welcomes each: `returns.mjs LIBRARY URL CLIENTS`. It tells when all have been welcomed, and then
// when each is welcomed again, by the clock of `Date.now`.

/** What it tells. */
export type ReturnNews = "all here" | { readonly back: number };

async function main([name, url, clients]: string[]): Promise<void> {
  const library = libraries.find((one) => one.name === name)!;
  const tell = (news: ReturnNews) => process.send!(news);
  const open = () => {
    let welcomes = 0;
    return new Promise<void>((resolve, reject) => {
      const listen = () => {
        welcomes += 1;
        if (welcomes === 1) resolve();
        if (welcomes === 2) tell({ back: Date.now() });
      };
      library.open({ url: url!, WebSocket: WebSocket as unknown as WebSocketClass, listen }).catch(reject);
    });
  };
  await Promise.all(Array.from({ length: Number(clients) }, open));
  tell("all here");
}

process.on("disconnect", () => process.exit());
void main(process.argv.slice(2));
