import { libraries } from "../libraries";
import { Server } from "../server";
import { inTurns, type Measure, overBare, quantile, type Round, turned, type Work } from "../work";

/** What it costs to send, and how long a chat takes to come back. */
export const send: Work = async ({ quick, folder, say }) => {
  const server = await (await Server.make(folder)).listen();
  try {
    return [await pipelined(server, quick, say), ...(await trips(server, quick, say))];
  } finally {
    await server.kill();
  }
};

/** One after the other without an answer: processor time until the server has counted all. */
async function pipelined(server: Server, quick: boolean, say: (line: string) => void): Promise<Measure> {
  const [count, times] = quick ? [2_000, 1] : [50_000, 7];
  const rounds = await inTurns(
    "send",
    times,
    libraries,
    say,
    async (library) => (await server.with(library, (client) => client.ask({ send: count }))).cpu,
  );
  return {
    name: "sent, CPU",
    unit: "× bare",
    digits: 2,
    values: overBare(rounds),
    goal: 1.05,
    note: `${count.toLocaleString("en")} one after the other; phoenix and centrifuge are answered each chat, and graphql-ws each mutation, as their servers do.`,
  };
}

/** Each one after the echo of the one before, wall time; all clients stay open, and take turns in short runs. */
async function trips(server: Server, quick: boolean, say: (line: string) => void): Promise<Measure[]> {
  const [count, turn, times] = quick ? [200, 100, 1] : [10_000, 500, 5];
  const [middles, slow]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < times; round += 1) {
    const clients = await Promise.all(libraries.map((library) => server.client(library)));
    const all = libraries.map((): number[] => []);
    try {
      // The first ones run before anything is compiled.
      for (const client of clients) await client.ask({ echo: turn });
      for (let done = 0; done < count; done += turn) {
        for (const library of turned(done / turn, libraries)) {
          const place = libraries.indexOf(library);
          all[place]!.push(...(await clients[place]!.ask({ echo: turn })).trips);
        }
      }
    } finally {
      await Promise.all(clients.map((client) => client.kill()));
    }
    const at = (share: number): Round => Object.fromEntries(libraries.map(({ name }, place) => [name, quantile(all[place]!, share)]));
    middles.push(at(0.5));
    slow.push(at(0.99));
    say(`round trips: round ${round + 1} of ${times}`);
  }
  const note = "Wall time. Supabase acknowledges no broadcast by default, and its client searches all of the last 10 s with each message.";
  const measure = { unit: "× bare", digits: 2, goal: 1.05, note };
  return [
    { ...measure, name: "round trip, p50", values: overBare(middles) },
    { ...measure, name: "round trip, p99", values: overBare(slow) },
  ];
}
