import { z } from "zod";

const message = z.object({ channel: z.string().default(""), cmd: z.string(), param: z.unknown() });
const chat = z.object({ text: z.string().min(1) });

/**
 * What the recipes' handlers of generated code answer to a frame, as JSON; nothing for a command that the protocol does not have.
 *
 * @throws Error for a frame or a param that does not fit the protocol.
 */
export function talk(frame: string): object | undefined {
  const { channel, cmd, param } = message.parse(JSON.parse(frame));
  const answer = (cmd: string, param: object) => ({ ...(channel !== "" && { channel }), cmd, param });
  if (cmd === "ping") return answer("pong", { timestamp: Date.now() });
  if (cmd === "chat") return answer("chat", { user: "you", text: chat.parse(param).text, time: Date.now() });
  return undefined;
}
