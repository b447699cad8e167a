import { libraries } from "../libraries";
import { Server } from "../server";
import { inTurns, overBare, type Work } from "../work";

/** What it costs to hear what a server in another process pushes as fast as it can: processor time from the first chat to the last. */
export const push: Work = async ({ quick, folder, say }) => {
  const [count, times] = quick ? [5_000, 1] : [200_000, 7];
  const server = await (await Server.make(folder)).listen();
  try {
    const rounds = await inTurns(
      "push",
      times,
      libraries,
      say,
      async (library) => (await server.with(library, (client) => client.ask({ hear: count }))).cpu,
    );
    const note = `${count.toLocaleString("en")} from another process, from the first to the last`;
    return [{ name: "pushed, CPU", unit: "× bare", digits: 2, values: overBare(rounds), goal: 1.05, note }];
  } finally {
    await server.kill();
  }
};
