import { entries, parts } from "./entries";
import { partsOfSocket, sizeOf, sizeOfEntry } from "./size";

// `npm run size`: what an import costs, and what each source file has in it.

async function main(): Promise<void> {
  for (const names of ["Socket", "Socket, defineProtocol", "defineProtocol"]) {
    const { gzip, minified } = await sizeOf(names);
    console.log(`import { ${names} }: ${gzip} bytes gzipped, ${minified} minified`);
  }
  for (const { name } of [...entries, ...parts]) {
    const { gzip, minified } = await sizeOfEntry(name);
    console.log(`wireline/${name}: ${gzip} bytes gzipped, ${minified} minified`);
  }
  console.log("\nminified bytes by file");
  for (const [file, bytes] of await partsOfSocket()) console.log(String(bytes).padStart(6), file);
}

void main();
