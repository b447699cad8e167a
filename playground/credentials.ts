import * as z from "zod";
import type { SocketClose } from "../src/index";
import { tokenAddress } from "./protocol";

const given = z.object({ token: z.string().min(1).max(64) });

/** The token that the server knows a user by: asked for once, and again when it is no good any more. */
export class Credentials {
  #known: { readonly user: string; readonly token: string } | undefined;

  /**
   * The token of a user.
   *
   * @param reason how the last connection ended: a code of 4100–4199 says that the token was no good
   */
  async token(user: string, reason: SocketClose | null, signal: AbortSignal): Promise<string> {
    const refused = reason !== null && reason.code >= 4100 && reason.code < 4200;
    if (this.#known?.user === user && !refused) return this.#known.token;
    this.forget();
    const response = await fetch(tokenAddress, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: user }),
      signal,
    });
    if (!response.ok) throw new Error(`The server gave no token: ${response.status}.`);
    const { token } = given.parse(await response.json());
    this.#known = { user, token };
    return token;
  }

  /** Keeps nothing of whoever has logged out. */
  forget(): void {
    this.#known = undefined;
  }
}
