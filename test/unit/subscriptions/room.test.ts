import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type PresenceChange, Room, type RoomParent } from "../../../src/subscriptions/room";

type Told = [kind: "join" | "leave", channel: string, param: unknown];

/** A room, and what it asks of its parent; `open` says whether the connection is. */
function make({ open = true } = {}) {
  const told: Told[] = [];
  const pending = new Set<Room<unknown>>();
  const unused = vi.fn();
  const tooMany = vi.fn<(channel: string) => void>();
  const threw = vi.fn<(cause: unknown) => void>();
  const refuses = { next: false };
  const parent: RoomParent<unknown> = {
    tellMembership: (...args) => {
      if (refuses.next) return false;
      told.push(args);
      return true;
    },
    membershipPending: (room) => void pending.add(room),
    roomUnused: unused,
    tooManyMembers: tooMany,
    listenerThrew: threw,
  };
  const room = new Room<unknown>("room", parent);
  /** What the parent does at the end of the tick. */
  const flush = () => {
    for (const waiting of pending) if (open) waiting.tell();
    pending.clear();
  };
  const present = (userID: string, connected: boolean, details: unknown = { userID, connected }) =>
    room.memberChanged({ userID, connected }, details);
  const changes: PresenceChange[] = [];
  const watch = () => room.onPresence((change) => changes.push(change));
  return { room, told, pending, unused, tooMany, threw, refuses, flush, present, changes, watch };
}

describe("joining", () => {
  test("waits for the end of the tick, and what is taken back until then is not sent", () => {
    const { room, told, flush } = make();
    room.join(1);
    expect(told).toEqual([]);
    room.leave("bye");
    flush();
    expect(told).toEqual([]);
    room.join(1);
    flush();
    room.leave("bye");
    room.join(1);
    flush();
    expect(told).toEqual([["join", "room", 1]]);
    room.leave("bye");
    flush();
    expect(told.slice(1)).toEqual([["leave", "room", "bye"]]);
  });

  test("another param is sent by another join", () => {
    const { room, told, flush } = make();
    for (const param of [1, 1, 2]) {
      room.join(param);
      flush();
    }
    expect(told).toEqual([
      ["join", "room", 1],
      ["join", "room", 2],
    ]);
  });

  test("is sent again on every opening, until leave()", () => {
    const { room, told } = make();
    room.join(1);
    room.opened();
    room.lost();
    room.opened();
    expect(told).toEqual([
      ["join", "room", 1],
      ["join", "room", 1],
    ]);
    room.lost();
    room.leave(2);
    room.opened();
    expect(told).toHaveLength(2);
  });

  test("leaving without having joined asks for nothing", () => {
    const { room, told, pending } = make();
    room.leave(1);
    expect(pending.size).toBe(0);
    room.opened();
    expect(told).toEqual([]);
  });

  test("a join that could not be sent is not left", () => {
    const { room, told, refuses, flush } = make();
    refuses.next = true;
    room.join(1);
    flush();
    refuses.next = false;
    room.leave(2);
    flush();
    expect(told).toEqual([]);
  });

  test("sends what was wanted last, whatever came before in the same tick", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.boolean(), { maxLength: 4 }), { maxLength: 10 }), (ticks) => {
        const { room, told, flush } = make();
        let joined = false;
        for (const tick of ticks) {
          const before = told.length;
          let wanted: boolean = joined;
          for (const join of tick) {
            wanted = join;
            if (join) room.join("p");
            else room.leave("q");
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
    expect([...room.members]).toEqual([
      ["ada", { name: "Ada L." }],
      ["bob", { name: "Bob" }],
    ]);
    present("ada", false);
    expect([...room.members.keys()]).toEqual(["bob"]);
  });

  test("each change makes a new Map, which is the same one until the next", () => {
    const { room, present } = make();
    present("ada", true);
    const first = room.members;
    expect(room.members).toBe(first);
    present("bob", true);
    expect(room.members).not.toBe(first);
    expect([...first.keys()]).toEqual(["ada"]);
    present("eve", false);
    expect(room.members).toBe(room.members);
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
    expect(changes).toEqual([{ members: room.members, added: ["bob", "cid"], removed: [] }]);
    present("bob", false);
    present("dan", true);
    await turn();
    expect(changes.slice(1)).toEqual([{ members: room.members, added: ["dan"], removed: ["bob"] }]);
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
        room.join(1);
        room.leave(1);
        room.settle(false);
      },
    ],
  ])("%s forgets the members, and tells the listeners", async (_, act) => {
    const { room, present, changes, watch } = make();
    present("ada", true);
    await turn();
    watch();
    act(room);
    expect(room.members.size).toBe(0);
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
    await vi.waitFor(() => expect(changes.at(-1)!.members).toBe(room.members));
    const shown = new Set<string>();
    for (const { added, removed } of changes) {
      for (const id of added) shown.add(id);
      for (const id of removed) shown.delete(id);
    }
    expect([...shown].sort()).toEqual([...room.members.keys()].sort());
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
    const { room, present, tooMany } = make();
    for (let index = 0; index < 10_000; index++) present(`u${index}`, true);
    expect(tooMany).not.toHaveBeenCalled();
    present("one more", true);
    expect(tooMany.mock.calls).toEqual([["room"]]);
    expect(room.members.size).toBe(10_000);
    // Those who are listed may still change and go.
    present("u0", true, "changed");
    expect(room.members.get("u0")).toBe("changed");
    present("u0", false);
    present("one more", true);
    expect(room.members.has("one more")).toBe(true);
  });

  test("an id of more than 256 characters is ignored", () => {
    const { room, present } = make();
    present("x".repeat(257), true);
    present("x".repeat(256), true);
    expect([...room.members.keys()].map((id) => id.length)).toEqual([256]);
  });

  test("a listener that throws is reported, and stops no other", async () => {
    const { room, present, threw, changes, watch } = make();
    room.onPresence(() => {
      throw "mine";
    });
    watch();
    present("ada", true);
    await turn();
    expect(threw.mock.calls).toEqual([["mine"]]);
    expect(changes).toHaveLength(1);
  });
});

test("is unused once it is neither joined, nor listened to, nor holds members", async () => {
  const { room, present, unused, flush } = make();
  expect(room.unused).toBe(true);
  const off = room.listeners.on("chat", () => {});
  expect(room.unused).toBe(false);
  off();
  const offPresence = room.onPresence(() => {});
  expect(room.unused).toBe(false);
  offPresence();
  present("ada", true);
  expect(room.unused).toBe(false);
  present("ada", false);
  await turn();
  expect(unused).toHaveBeenCalledWith(room);
  expect(room.unused).toBe(true);
  room.join(1);
  flush();
  expect(room.unused).toBe(false);
  room.leave(1);
  expect(room.unused).toBe(false);
  unused.mockClear();
  flush();
  expect(unused).toHaveBeenCalledWith(room);
  expect(room.unused).toBe(true);
});
