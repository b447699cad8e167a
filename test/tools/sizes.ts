import { build } from "esbuild";
import { sizeOf } from "./size";

// `npm run size`: what an import costs, and what each source file has in it.

async function main(): Promise<void> {
  for (const names of ["Socket", "Socket, defineProtocol", "defineProtocol"]) {
    const { gzip, minified } = await sizeOf(names);
    console.log(`import { ${names} }: ${gzip} bytes gzipped, ${minified} minified`);
  }
  const { metafile } = await build({
    stdin: { contents: `export { Socket } from "./src/index"`, resolveDir: process.cwd() },
    alias: { "reconnecting-websocket": "reconnecting-websocket/reconnecting-websocket.ts" },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    metafile: true,
  });
  console.log("\nminified bytes by file");
  const parts = Object.entries(Object.values(metafile.outputs)[0]!.inputs);
  for (const [file, { bytesInOutput }] of parts.sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput)) {
    if (bytesInOutput) console.log(String(bytesInOutput).padStart(6), file);
  }
}

void main();
