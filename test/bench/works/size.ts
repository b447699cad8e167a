import { join } from "node:path";
import { budget, partsOfSocket, type Size, sizeOf, sizeOfModule, sizeOfScript } from "../../tools/size";
import { bare } from "../libraries/bare";
import { libraries } from "../libraries";
import type { Measure, Work } from "../work";

const mitt = `export { default as mitt } from "mitt";`;

/** What an application imports to do what the adapters do; those of the tests' own needs are left out. */
const imports: Readonly<Record<string, string>> = {
  "reconnecting-websocket": `export { default } from "reconnecting-websocket"; ${mitt}`,
  partysocket: `export { WebSocket } from "partysocket"; ${mitt}`,
  phoenix: `export { Socket } from "phoenix";`,
  centrifuge: `export { Centrifuge } from "centrifuge";`,
  "socket.io-client": `export { io } from "socket.io-client";`,
  "graphql-ws": `export { createClient } from "graphql-ws";`,
  "supabase realtime-js": `export { RealtimeClient } from "@supabase/realtime-js";`,
};

/** What an import adds to a page. Fails where ours is above its budget, however quick the run is. */
export const size: Work = async ({ say }) => {
  const ours = await sizeOf("Socket");
  const sizes = new Map([["wireline", ours]]);
  for (const { name } of libraries) {
    if (name === bare.name || name === "wireline") continue;
    const source = imports[name];
    if (!source) throw new Error(`Nobody knows what an application imports of ${name}: say it in test/bench/works/size.ts.`);
    sizes.set(name, await sizeOfModule(source, join(import.meta.dirname, "..")));
  }
  const [all, script] = [await sizeOf("Socket, defineProtocol"), sizeOfScript()];

  for (const [name, { gzip, brotli, minified }] of sizes)
    say(`size: ${name}: ${gzip} bytes gzipped, ${brotli} by Brotli, ${minified} minified`);
  say("size: minified bytes by file of import { Socket }");
  for (const [file, bytes] of await partsOfSocket()) say(`size: ${String(bytes).padStart(6)} ${file}`);
  if (all.gzip > budget) {
    throw new Error(
      `import { Socket, defineProtocol } is ${all.gzip} bytes gzipped, more than its budget of ${budget}: make it smaller (see npm run size).`,
    );
  }

  const bytes = (kind: "gzip" | "brotli") => Object.fromEntries([...sizes].map(([name, size]) => [name, size[kind]]));
  const entry = (name: string, { gzip, brotli }: Size, note = "", goal?: number): Measure => ({
    name: `size of ${name}`,
    unit: "bytes gzipped",
    digits: 0,
    values: { wireline: gzip },
    goal,
    note: `${note}${brotli.toLocaleString("en")} bytes by Brotli`,
  });
  const imported = { name: "size of the import", digits: 0 };
  return [
    { ...imported, unit: "bytes gzipped", values: bytes("gzip"), goal: budget, note: "of ours, import { Socket }" },
    { ...imported, unit: "bytes by Brotli", values: bytes("brotli") },
    entry("Socket and defineProtocol", all, "", budget),
    entry("the script-tag file", script, "as a UMD; "),
  ];
};
