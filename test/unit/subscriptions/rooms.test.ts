import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { SocketError } from "../../../src/errors";
import { resolveOptions } from "../../../src/options";
import type { PresenceChange } from "../../../src/subscriptions/members";
import type { ChannelStatus, JoinAnswer } from "../../../src/subscriptions/membership";
import type { Room } from "../../../src/subscriptions/room";
import { Rooms, type RoomsParent } from "../../../src/subscriptions/rooms";

type Told = [kind: "join" | "leave", channel: string, param: unknown];

/** The room of a channel, and what it asks of the client; `open` says whether the connection is, `answered` whether the server answers joins, and `listens` whether the room is kept by a listener. */
function make({ open = true, answered = false, listens = true } = {}) {
  const told: Told[] = [];
  const asked: string[] = [];
  const answers: JoinAnswer[] = [];
  const errors: SocketError[] = [];
  const settled = vi.fn<(channel: string) => void>();
  const threw = vi.fn<(cause: unknown) => void>();
  const refuses = { next: false };
  const parent: RoomsParent = {
    isOpen: open,
    joinsAreAnswered: answered,
    guarded: (call) => (refuses.next ? undefined : call()),
    sendJoin(channel, param, answer) {
      // As the client does before each message.
      rooms.tellMemberships();
      told.push(["join", channel, param]);
      answers.push(answer);
      return () => void answers.splice(answers.indexOf(answer), 1);
    },
    sendLeave: (channel, param) => void told.push(["leave", channel, param]),
    channelChanged: () => {},
    askForMembers: (channel) => void asked.push(channel),
    channelSettled: settled,
    failed: (error) => void errors.push(error),
    listenerThrew: threw,
  };
  const { channel, connectTimeout, presence } = resolveOptions([]);
  const rooms = new Rooms<unknown>({ channel, connectTimeout, presence }, parent);
  const room = rooms.of("room");
  if (listens) room.listeners.on("anything", () => {});
  const { membership, members } = room;
  const flush = () => rooms.tellMemberships();
  const present = (id: string, connected: boolean, details: unknown = { userID: id, connected }) =>
    members.update({ id, connected, details });
  const changes: PresenceChange[] = [];
  const watch = () => members.onChange((change) => changes.push(change));
  return {
    rooms,
    room,
    membership,
    members,
    told,
    asked,
    answers,
    errors,
    settled,
    threw,
    refuses,
    flush,
    present,
    changes,
    watch,
  };
}

describe("joining", () => {
  test("waits for the end of the tick, and what is taken back until then is not sent", () => {
    const { membership, told, flush } = make();
    void membership.join(1);
    expect(told).toEqual([]);
    membership.leave("bye");
    flush();
    expect(told).toEqual([]);
    void membership.join(1);
    flush();
    membership.leave("bye");
    void membership.join(1);
    flush();
    expect(told).toEqual([["join", "room", 1]]);
    membership.leave("bye");
    flush();
    expect(told.slice(1)).toEqual([["leave", "room", "bye"]]);
  });

  test("another param is sent by another join", () => {
    const { membership, told, flush } = make();
    for (const param of [1, 1, 2]) {
      void membership.join(param);
      flush();
    }
    expect(told).toEqual([
      ["join", "room", 1],
      ["join", "room", 2],
    ]);
  });

  test("is sent again on every opening, until leave()", () => {
    const { room, membership, told } = make();
    void membership.join(1);
    room.opened();
    membership.lost();
    room.opened();
    expect(told).toEqual([
      ["join", "room", 1],
      ["join", "room", 1],
    ]);
    membership.lost();
    membership.leave(2);
    room.opened();
    expect(told).toHaveLength(2);
  });

  test("leaving without having joined asks for nothing", () => {
    const { room, membership, told } = make();
    membership.leave(1);
    room.opened();
    expect(told).toEqual([]);
  });

  test("a join that could not be sent is not left", () => {
    const { membership, told, refuses, flush } = make();
    refuses.next = true;
    void membership.join(1);
    flush();
    refuses.next = false;
    membership.leave(2);
    flush();
    expect(told).toEqual([]);
  });

  test("sends what was wanted last, whatever came before in the same tick", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.boolean(), { maxLength: 4 }), { maxLength: 10 }), (ticks) => {
        const { membership, told, flush } = make();
        let joined = false;
        for (const tick of ticks) {
          const before = told.length;
          let wanted: boolean = joined;
          for (const join of tick) {
            wanted = join;
            if (join) void membership.join("p");
            else membership.leave("q");
          }
          flush();
          const expected: unknown[] = wanted === joined ? [] : [wanted ? ["join", "room", "p"] : ["leave", "room", "q"]];
          expect(told.slice(before)).toEqual(expected);
          joined = wanted;
        }
      }),
    );
  });
});

describe("presence", () => {
  test("members are a Map of what was last said of each, in the order in which they came", () => {
    const { room, present } = make();
    present("ada", true, { name: "Ada" });
    present("bob", true, { name: "Bob" });
    present("ada", true, { name: "Ada L." });
    expect([...room.members.all]).toEqual([
      ["ada", { name: "Ada L." }],
      ["bob", { name: "Bob" }],
    ]);
    present("ada", false);
    expect([...room.members.all.keys()]).toEqual(["bob"]);
  });

  test("each change makes a new Map, which is the same one until the next", () => {
    const { room, present } = make();
    present("ada", true);
    const first = room.members.all;
    expect(room.members.all).toBe(first);
    present("bob", true);
    expect(room.members.all).not.toBe(first);
    expect([...first.keys()]).toEqual(["ada"]);
    present("eve", false);
    expect(room.members.all).toBe(room.members.all);
  });

  test("listeners are called once a turn, with all members and who came and went", async () => {
    const { room, present, changes, watch } = make();
    watch();
    present("ada", true);
    present("bob", true);
    present("ada", false);
    present("cid", true);
    expect(changes).toEqual([]);
    await turn();
    expect(changes).toEqual([{ members: room.members.all, added: ["bob", "cid"], removed: [] }]);
    present("bob", false);
    present("dan", true);
    await turn();
    expect(changes.slice(1)).toEqual([{ members: room.members.all, added: ["dan"], removed: ["bob"] }]);
  });

  test("listeners are not called for repeats, unknown leavers, or who came and went in one turn", async () => {
    const { present, changes, watch } = make();
    present("ada", true);
    await turn();
    watch();
    present("ada", true, { name: "other" });
    present("eve", false);
    present("bob", true);
    present("bob", false);
    present("ada", false);
    present("ada", true);
    await turn();
    expect(changes).toEqual([]);
  });

  test.each([
    ["opening", (room: Room<unknown>) => room.opened()],
    [
      "leave()",
      (room: Room<unknown>) => {
        void room.membership.join(1);
        room.membership.leave(1);
        room.settle(false);
      },
    ],
  ])("%s forgets the members, and tells the listeners", async (_, act) => {
    const { room, present, changes, watch } = make();
    present("ada", true);
    await turn();
    watch();
    act(room);
    expect(room.members.all.size).toBe(0);
    await turn();
    expect(changes).toEqual([{ members: new Map(), added: [], removed: ["ada"] }]);
  });

  test("a burst of twenty thousand changes builds one Map and calls listeners once", async () => {
    const { present, changes, watch } = make();
    watch();
    const copies = vi.spyOn(Map.prototype, "set");
    for (let index = 0; index < 20_000; index++) present(`u${index % 500}`, index % 1000 < 500);
    // One for each member that comes, and no copy of all of them.
    expect(copies.mock.calls.length).toBeLessThanOrEqual(10_000);
    copies.mockRestore();
    present("last", true);
    await turn();
    expect(changes).toHaveLength(1);
    expect(changes[0]!.added).toEqual(["last"]);
  });

  /** Counts what is put into Maps and Sets, or read from them one by one, and so also what is copied. */
  async function workOf(act: () => Promise<void>): Promise<number> {
    let count = 0;
    const restores: (() => void)[] = [];
    const countCalls = (prototype: Record<string, unknown>, name: string) => {
      const original = prototype[name] as (...args: unknown[]) => unknown;
      restores.push(() => {
        prototype[name] = original;
      });
      prototype[name] = function (this: unknown, ...args: unknown[]) {
        count++;
        return original.apply(this, args);
      };
    };
    countCalls(Map.prototype as never, "set");
    countCalls(Set.prototype as never, "add");
    for (const iterator of [new Map().entries(), new Set().keys()]) countCalls(Object.getPrototypeOf(iterator), "next");
    try {
      await act();
      return count;
    } finally {
      for (const restore of restores) restore();
    }
  }

  test("a burst of twenty thousand changes, each in a turn of its own as in browsers, takes the same work for each", async () => {
    const { room, present, changes, watch } = make();
    watch();
    const work = await workOf(async () => {
      for (let index = 0; index < 20_000; index++) {
        // All come, and half of them go.
        present(`u${index % 10_000}`, index < 10_000 || index % 2 === 0);
        // The microtasks between two messages.
        await undefined;
      }
    });
    // Some copies of a hundred members at the most, and no copy of thousands for each change.
    expect(work).toBeLessThan(20_000 * 50);
    await vi.waitFor(() => expect(changes.at(-1)!.members).toBe(room.members.all));
    const shown = new Set<string>();
    for (const { added, removed } of changes) {
      for (const id of added) shown.add(id);
      for (const id of removed) shown.delete(id);
    }
    expect([...shown].sort()).toEqual([...room.members.all.keys()].sort());
    expect(shown.size).toBe(5_000);
  });

  test("changes that nobody listens to copy nothing", async () => {
    const { present } = make();
    const work = await workOf(async () => {
      for (let index = 0; index < 2_000; index++) {
        present(`u${index}`, true);
        await undefined;
      }
    });
    // One for the member, and one for the change.
    expect(work).toBeLessThan(4_100);
  });

  test("at most ten thousand members are listed, and one too many is reported", () => {
    const { room, present, errors } = make();
    for (let index = 0; index < 10_000; index++) present(`u${index}`, true);
    expect(errors).toEqual([]);
    present("one more", true);
    expect(errors.map(({ code, channel }) => [code, channel])).toEqual([["size", "room"]]);
    expect(room.members.all.size).toBe(10_000);
    // Those who are listed may still change and go.
    present("u0", true, "changed");
    expect(room.members.all.get("u0")).toBe("changed");
    present("u0", false);
    present("one more", true);
    expect(room.members.all.has("one more")).toBe(true);
  });

  test("an id of more than 256 characters is ignored", () => {
    const { room, present } = make();
    present("x".repeat(257), true);
    present("x".repeat(256), true);
    expect([...room.members.all.keys()].map((id) => id.length)).toEqual([256]);
  });

  test("a listener that throws is reported, and stops no other", async () => {
    const { room, present, threw, changes, watch } = make();
    room.members.onChange(() => {
      throw "mine";
    });
    watch();
    present("ada", true);
    await turn();
    expect(threw.mock.calls).toEqual([["mine"]]);
    expect(changes).toHaveLength(1);
  });
});

test("a room is forgotten once it is neither wanted, nor listened to, nor holds members", async () => {
  const { rooms, room, membership, members, present, flush } = make({ listens: false });
  const isForgotten = () => rooms.get("room") === undefined;
  const off = room.listeners.on("chat", () => {});
  await turn();
  expect(isForgotten()).toBe(false);
  const offPresence = members.onChange(() => {});
  const offStatus = membership.onStatus(() => {});
  off();
  rooms.roomChanged("room");
  expect(isForgotten()).toBe(false);
  offPresence();
  rooms.roomChanged("room");
  expect(isForgotten()).toBe(false);
  offStatus();
  present("ada", true);
  rooms.roomChanged("room");
  expect(isForgotten()).toBe(false);
  void membership.join(1);
  present("ada", false);
  flush();
  await turn();
  expect(isForgotten()).toBe(false);
  membership.leave(1);
  expect(isForgotten()).toBe(false);
  flush();
  expect(isForgotten()).toBe(true);
});

test("a room is settled before it is forgotten, so that who joins and leaves in its first tick gets an answer", async () => {
  const { rooms, settled } = make({ answered: true, listens: false });
  await turn();
  const { membership } = rooms.of("other");
  const joined = membership.join(1);
  membership.leave(1);
  expect(await joined.catch((error: unknown) => error)).toMatchObject({ code: "aborted" });
  // Messages to it waited for this.
  expect(settled.mock.calls).toEqual([["other"]]);
  await turn();
  expect(rooms.get("other")).toBeUndefined();
});

describe("holding", () => {
  test("joins with the first and leaves with the last, whoever lets go in between", () => {
    const { membership, told, flush } = make();
    const releases = [membership.hold(undefined), membership.hold(undefined)];
    flush();
    releases[0]!();
    // Again, which does nothing.
    releases[0]!();
    flush();
    expect(told).toEqual([["join", "room", undefined]]);
    releases[1]!();
    flush();
    expect(told.slice(1)).toEqual([["leave", "room", undefined]]);
  });

  test("in the tick of the last release asks for nothing, if the param is the same on the wire", () => {
    const { membership, told, flush } = make();
    const release = membership.hold({ tags: ["a"] });
    flush();
    release();
    const next = membership.hold({ tags: ["a"] });
    flush();
    expect(told).toHaveLength(1);
    next();
    membership.hold({ tags: ["b"] });
    flush();
    expect(told.slice(1)).toEqual([["join", "room", { tags: ["b"] }]]);
  });

  test("without a param takes that of the others", () => {
    const { membership, told, flush } = make();
    void membership.join(1);
    membership.hold(undefined);
    flush();
    membership.hold(undefined);
    flush();
    expect(told).toEqual([["join", "room", 1]]);
  });

  test("is not ended by leave(), nor is join() by a release", () => {
    const { membership, told, flush } = make();
    const release = membership.hold(1);
    void membership.join(1);
    membership.leave(2);
    flush();
    expect(membership.status).toBe("joined");
    void membership.join(1);
    release();
    flush();
    expect(membership.status).toBe("joined");
    membership.leave(2);
    flush();
    expect(told).toEqual([
      ["join", "room", 1],
      ["leave", "room", 2],
    ]);
  });

  test("without a param is the same as with {}, which is what is sent", () => {
    const { membership, told, flush } = make();
    membership.hold(undefined);
    flush();
    membership.hold({});
    flush();
    expect(told).toHaveLength(1);
  });

  test("params that JSON cannot compare are told again", () => {
    const { membership, told, flush } = make();
    for (const param of [1n, 1n, 2n]) {
      membership.hold(param);
      flush();
    }
    expect(told.map(([, , param]) => param)).toEqual([1n, 2n]);
  });

  test("a function that lets go of its own channel has the leave follow the join", () => {
    const { rooms, membership, told } = make();
    const release = membership.hold(() => {
      release();
      return 1;
    });
    rooms.tellMemberships();
    expect(told).toEqual([
      ["join", "room", 1],
      ["leave", "room", undefined],
    ]);
  });

  test("a function makes the param of each join, and another function in its place is no other param", () => {
    const { room, membership, told, flush } = make();
    let since = 1;
    membership.hold(() => ({ since }));
    flush();
    since = 2;
    membership.hold(() => ({ since: since * 10 }));
    flush();
    room.opened();
    expect(told.map(([, , param]) => param)).toEqual([{ since: 1 }, { since: 20 }]);
  });
});

describe("the status", () => {
  /** What the listeners were called with. */
  const watchStatus = ({ membership }: ReturnType<typeof make>) => {
    const seen: string[] = [];
    membership.onStatus((status: ChannelStatus, previous: ChannelStatus) => seen.push(`${previous} → ${status}`));
    return seen;
  };

  test("of a server without answers is joined once it was asked, and joining while the connection is lost", async () => {
    const made = make();
    const { room, membership, flush } = made;
    const seen = watchStatus(made);
    expect(membership.status).toBe("left");
    void membership.join(1);
    expect(membership.status).toBe("joining");
    flush();
    expect(membership.status).toBe("joined");
    await turn();
    membership.lost();
    await turn();
    room.opened();
    await turn();
    membership.leave(1);
    flush();
    await turn();
    expect(seen).toEqual(["left → joined", "joined → joining", "joining → joined", "joined → left"]);
  });

  test("does not change for who moves within one tick", async () => {
    const made = make();
    const { membership, flush } = made;
    const release = membership.hold(1);
    flush();
    await turn();
    const seen = watchStatus(made);
    release();
    membership.hold(1);
    flush();
    await turn();
    expect(seen).toEqual([]);
  });
});

describe("an answered join", () => {
  test("is joined with the answer, which join() resolves with, as a later one does at once", async () => {
    const { membership, told, answers, asked, settled, flush } = make({ answered: true });
    const joined = membership.join(1);
    flush();
    expect([membership.status, asked]).toEqual(["joining", []]);
    answers[0]!(undefined, { history: 5 });
    expect(await joined).toEqual({ history: 5 });
    expect([membership.status, asked, settled.mock.calls]).toEqual(["joined", ["room"], [["room"]]]);
    const again = membership.join(1);
    flush();
    expect(await again).toEqual({ history: 5 });
    expect(told).toHaveLength(1);
  });

  test("that is refused rejects with the server's words, is reported, and is asked again by join() only", async () => {
    const { room, membership, told, answers, errors, flush } = make({ answered: true });
    const joined = membership.join(1);
    flush();
    answers[0]!({ cause: { reason: "full" } });
    const error = await joined.catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "refused", channel: "room", cause: { reason: "full" } });
    expect(errors).toEqual([error]);
    expect([membership.status, membership.refusal]).toEqual(["refused", error]);
    room.opened();
    expect(told).toHaveLength(1);
    void membership.join(1);
    expect(membership.status).toBe("joining");
    flush();
    expect(told).toHaveLength(2);
  });

  test("that is refused is asked again for another identity", () => {
    const { room, rooms, membership, told, answers, flush } = make({ answered: true });
    membership.hold(1);
    flush();
    answers[0]!({ cause: "no" });
    rooms.identityChanged();
    expect(membership.status).toBe("joining");
    room.opened();
    expect(told).toHaveLength(2);
  });

  test("that was refused leaves without a message", () => {
    const { membership, told, answers, flush } = make({ answered: true });
    const release = membership.hold(1);
    flush();
    answers[0]!({ cause: "no" });
    release();
    flush();
    expect(told).toHaveLength(1);
    expect([membership.status, membership.refusal]).toEqual(["left", undefined]);
  });

  test("of a connection before changes nothing", () => {
    const { room, membership, answers, errors, flush } = make({ answered: true });
    membership.hold(1);
    flush();
    const [first] = answers;
    membership.lost();
    expect(answers).toEqual([]);
    room.opened();
    first!({ cause: "no" });
    expect([membership.status, errors]).toEqual(["joining", []]);
  });

  test("that does not come is reported, and asked again", () => {
    vi.useFakeTimers();
    try {
      const { membership, told, answers, errors, flush } = make({ answered: true });
      membership.hold(1);
      flush();
      vi.advanceTimersByTime(10_000);
      flush();
      expect(errors.map(({ code, channel }) => [code, channel])).toEqual([["timeout", "room"]]);
      expect([told.length, answers.length, membership.status]).toEqual([2, 1, "joining"]);
      answers[0]!(undefined);
      vi.advanceTimersByTime(60_000);
      expect([told.length, errors.length, membership.status]).toEqual([2, 1, "joined"]);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ["aborted", "left", ({ membership, flush }: ReturnType<typeof make>) => [membership.leave(1), flush()]],
    ["closed", "joining", ({ rooms }: ReturnType<typeof make>) => rooms.stopped()],
  ])("that is given up rejects with %s, and the status is %s", async (code, status, giveUp) => {
    const made = make({ answered: true });
    const joined = made.membership.join(1);
    made.flush();
    giveUp(made);
    expect(await joined.catch((error: unknown) => error)).toMatchObject({ code, channel: "room" });
    expect(made.membership.status).toBe(status);
  });

  test.each([
    ["another param", ({ membership, flush }: ReturnType<typeof make>) => [membership.join(2), flush()]],
    ["a leave and a join", ({ membership, flush }: ReturnType<typeof make>) => [membership.leave(1), flush(), membership.join(2), flush()]],
  ])("that %s has put out of date keeps its place, so that its answer is not taken for that of the next one", async (_, change) => {
    const made = make({ answered: true });
    const { membership, answers, errors, flush } = made;
    membership.join(1).catch(() => {});
    flush();
    change(made);
    const joined = membership.join(2);
    const [first, second] = answers;
    first!({ cause: "no" });
    expect([membership.status, errors]).toEqual(["joining", []]);
    second!(undefined, "second");
    expect([membership.status, await joined]).toEqual(["joined", "second"]);
  });

  test.each([
    ["agrees", undefined],
    ["refuses", { cause: "no" }],
  ])("with another param is sent even if the server %s to the one before in the same tick", async (_, answer) => {
    const { membership, told, answers, errors, flush } = make({ answered: true });
    void membership.join(1);
    flush();
    const second = membership.join(2);
    answers[0]!(answer, "first");
    flush();
    expect([told.at(-1), membership.status, errors]).toEqual([["join", "room", 2], "joining", []]);
    answers[0]!(undefined, "second");
    expect(await second).toBe("second");
  });

  test("with another param that is refused is followed by a leave, because the server may have refused no more than the param", () => {
    const { membership, told, answers, flush } = make({ answered: true });
    void membership.join(1);
    flush();
    answers.shift()!(undefined);
    void membership.join(2);
    flush();
    answers.shift()!({ cause: "no" });
    expect(membership.status).toBe("refused");
    membership.leave(3);
    flush();
    expect(told.at(-1)).toEqual(["leave", "room", 3]);
  });

  test("that was left is remembered until its answer, its time limit or the end of the connection has come", async () => {
    vi.useFakeTimers();
    try {
      const { rooms, told, answers, flush } = make({ answered: true, listens: false });
      for (const end of [() => answers[0]!(undefined), () => vi.advanceTimersByTime(10_000), () => rooms.lost()]) {
        const { membership } = rooms.of("room");
        const release = membership.hold(1);
        flush();
        release();
        flush();
        expect(rooms.get("room")).toBeDefined();
        end();
        expect([rooms.get("room"), vi.getTimerCount()]).toEqual([undefined, 0]);
      }
      expect(told).toHaveLength(6);
    } finally {
      vi.useRealTimers();
    }
  });

  test("asks for a leave while it is under way, and for a join again", () => {
    const { membership, told, flush } = make({ answered: true });
    const release = membership.hold(1);
    flush();
    release();
    flush();
    membership.hold(1);
    flush();
    expect(told.map(([kind]) => kind)).toEqual(["join", "leave", "join"]);
  });

  test("ends as wanted after any sequence of holds, releases, answers, losses and openings", () => {
    const step = fc.constantFrom("hold", "release", "join", "leave", "yes", "no", "lost", "opened", "tick");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { room, membership, answers, flush } = make({ answered: true });
        const releases: (() => void)[] = [];
        let byHand = false;
        for (const step of steps) {
          if (step === "hold") releases.push(membership.hold(1));
          if (step === "release") releases.shift()?.();
          if (step === "join" || step === "leave") byHand = step === "join";
          if (step === "join") void membership.join(1);
          if (step === "leave") membership.leave(2);
          if (step === "yes") answers.at(-1)?.(undefined);
          if (step === "no") answers.at(-1)?.({ cause: "no" });
          if (step === "lost" || step === "opened") membership.lost();
          if (step === "opened") room.opened();
          if (step === "tick") flush();
        }
        flush();
        membership.lost();
        room.opened();
        if (membership.status === "joining") answers.at(-1)!(undefined);
        const wanted = byHand || releases.length > 0;
        expect(wanted ? ["joined", "refused"] : ["left"]).toContain(membership.status);
      }),
    );
  });
});

describe("messages about members", () => {
  const report = (made: ReturnType<typeof make>, cmd: string, param: unknown) => made.rooms.readPresence("room", cmd, param);

  test("a list replaces the members, and reports who came and went", async () => {
    const made = make();
    const { room, present, changes, watch } = made;
    present("ada", true);
    present("bob", true);
    await turn();
    watch();
    room.members.replace([
      ["bob", "Bob"],
      ["cid", "Cid"],
    ]);
    await turn();
    expect(changes).toEqual([
      {
        members: new Map([
          ["bob", "Bob"],
          ["cid", "Cid"],
        ]),
        added: ["cid"],
        removed: ["ada"],
      },
    ]);
  });

  test.each([[null], ["text"], [{ userID: 1, connected: true }], [{ userID: "ada" }]])("an online-update of %j reports nobody", (param) => {
    const made = make();
    expect(report(made, "online-update", param)).toBe(true);
    expect(made.room.members.all.size).toBe(0);
  });
});
