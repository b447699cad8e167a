import type { Page } from "./engines";
import type { Heard } from "./news";

// What tests of a socket in a real page wait for, seen from Node.

/** Resolves when the page's socket is open, after as many ends. */
export function openAfter(page: Page, ends: number): Promise<Heard> {
  return page.evaluate((ends) => news.until(({ closes, state }) => closes.length >= ends && state.status === "open"), ends);
}

/** Resolves when the server has answered the page's socket again. */
export async function alive(page: Page): Promise<void> {
  await page.evaluate(() => {
    const pongs = ({ messages }: Heard) => messages.filter(({ cmd }) => cmd === "pong").length;
    const before = pongs(news.heard);
    news.socket.send("ping", {});
    return news.until((heard) => pongs(heard) > before);
  });
}
