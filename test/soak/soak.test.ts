import { expect, onTestFailed, test } from "vitest";
import { Numbers } from "./numbers";
import { Random } from "./random";
import { startSoak } from "./soak";

// The short form of `npm run soak`: the same sockets, proxy, server and ledger, driven by events instead of time.

const sockets = 40;

test.each([1, 2])("every message is accounted for while links fail and the server restarts, with seed %i", async (seed) => {
  const before = tcp();
  const soak = await startSoak({ sockets, random: new Random(seed), heartbeat: 400 });
  const { ledger, proxy, server } = soak;
  onTestFailed(() => console.error([soak.explain(), ...ledger.faults].join("\n")));
  await soak.until(() => soak.settled);
  for (let round = 0; round < 3; round++) {
    const openings = soak.openings();
    for (let fault = 0; fault < sockets; fault++) {
      soak.speak(50);
      soak.push(50);
      soak.harm();
      // Something must be under way in both directions.
      await turn();
    }
    await soak.audit();
    const dialled = proxy.connections;
    await proxy.hang();
    await server.drop();
    // More than a queue takes, so that it overflows.
    for (let times = 0; times < 10; times++) soak.speak();
    await soak.audit();
    await proxy.connected(dialled + 5);
    await server.restart();
    await proxy.accept();
    // Some are stalled and have heard of nothing, and some wait for a handshake in vain: they must notice and give that up.
    await soak.until(() => ledger.lines.size === sockets && soak.openings().every((count, index) => count > openings[index]!));
    await soak.heal();
    soak.speak();
    await soak.until(() => soak.settled);
  }
  expect(ledger.underWay).toEqual({ up: 0, down: 0 });
  await soak.close();
  expect(ledger.faults).toEqual([]);
  expect(ledger.unaccounted).toBe(0);
  const { delivered, died, dropped, thrown, heard, lost } = ledger.totals;
  for (const count of [delivered, died, dropped, thrown, heard, lost]) expect(count).toBeGreaterThan(0);
  while (tcp() > before) await turn();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

function tcp(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP")).length;
}

test("numbers without gaps are one run", () => {
  const numbers = new Numbers();
  for (const number of [3, 4, 5, 9]) numbers.push(number);
  expect(`${numbers}`).toBe("3–5 9");
  const taken: number[] = [];
  for (; numbers.size; numbers.shift()) taken.push(numbers.first!);
  expect(taken).toEqual([3, 4, 5, 9]);
  numbers.shift();
  expect(numbers.size).toBe(0);
});
