import { createRequire } from "node:module";
import { join } from "node:path";
import { protocol } from "../../playground/protocol";
import { toAsyncAPI } from "../../src/contract/index";
import { protocol as kinds } from "../unit/contract/kinds";
import { foreignFolder } from "./blocks";

/** The part of the official parser that is used here. */
interface Parser {
  parse(document: object): Promise<{
    readonly document?: { operations(): { all(): readonly { reply(): unknown }[] } };
    readonly diagnostics: readonly { readonly severity: number; readonly code: string | number; readonly message: string }[];
  }>;
}

const servers = { local: { url: "ws://127.0.0.1:8080/chat/socket" } };
const documents = {
  "the playground's chat": toAsyncAPI(protocol, { title: "Chat", servers, channels: { lobby: {}, room: { address: "room-{id}" } } }),
  "every kind of schema": toAsyncAPI(kinds, { title: "Kinds" }),
};

/** What AsyncAPI's own parser finds wrong with our documents; a newer version of AsyncAPI is nothing wrong. */
export async function asyncAPIProblems(): Promise<{ readonly checked: number; readonly problems: string[] }> {
  const require = createRequire(join(foreignFolder, "package.json"));
  const { Parser } = require("@asyncapi/parser") as { Parser: new () => Parser };
  const problems: string[] = [];
  for (const [name, written] of Object.entries(documents)) {
    const { document, diagnostics } = await new Parser().parse(JSON.parse(JSON.stringify(written)) as object);
    const found = diagnostics.filter(({ code }) => code !== "asyncapi-latest-version");
    problems.push(...found.map(({ code, message }) => `${name}: ${code}: ${message}`));
    const operations = document?.operations().all() ?? [];
    if (!operations.some((operation) => operation.reply())) problems.push(`${name}: no operation has a reply`);
  }
  return { checked: Object.keys(documents).length, problems };
}
