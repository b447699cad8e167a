import { pathToFileURL } from "node:url";

// How long a module takes that makes a client: `start.mjs FILE` prints milliseconds, of the wall's clock and of the processor's.

const nothing = "data:text/javascript,";

async function main(file: string): Promise<void> {
  const url = pathToFileURL(file).href;
  // What the loader itself starts does not count.
  await import(nothing);
  const before = process.cpuUsage();
  const start = performance.now();
  await import(url);
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  await globalThis.made;
  process.stdout.write(JSON.stringify({ wall, cpu: (user + system) / 1000 }), () => process.exit());
}

void main(process.argv[2]!);
