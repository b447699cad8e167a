import { describe, expect, test } from "vitest";
import { type Entry, Queue } from "../../../src/messages/queue";

/** A queue, and entries in it by their params. */
function make(...entries: Partial<Entry>[]) {
  const queue = new Queue();
  const added = entries.map((entry, param): Entry => {
    const message = { channel: "", cmd: "say", param };
    return { message, sent: message, data: String(param), delivery: "queue", generation: 0, expires: Infinity, ...entry };
  });
  for (const entry of added) queue.add(entry);
  const params = () => [...queue].map(({ message }) => message.param);
  return { queue, added, params };
}

describe("Queue", () => {
  test("keeps the order, and gives up what is removed, once", () => {
    const { queue, added, params } = make({}, {}, {});
    expect([queue.size, params()]).toEqual([3, [0, 1, 2]]);
    queue.remove(added[1]!);
    queue.remove(added[1]!);
    expect([queue.size, params(), queue.has(added[1]!), queue.has(added[2]!)]).toEqual([2, [0, 2], false, true]);
    queue.add(added[1]!);
    expect(params()).toEqual([0, 2, 1]);
  });

  test("may change while it is read: what is removed is skipped, what is added follows", () => {
    const { queue, added } = make({}, {}, {});
    const read: unknown[] = [];
    for (const entry of queue) {
      read.push(entry.message.param);
      if (entry !== added[0]) continue;
      queue.remove(added[0]);
      queue.remove(added[1]!);
      queue.add(added[0]);
      if (read.length > 1) break;
    }
    expect(read).toEqual([0, 2, 0]);
  });

  test("names the oldest message that has not left, and none where all have", () => {
    const { queue, added } = make({ kept: true }, {}, {});
    expect(queue.oldestWaiting()).toBe(added[1]);
    for (const entry of added) entry.kept = true;
    expect(queue.oldestWaiting()).toBeUndefined();
  });

  test("names the largest of the messages that have left, by characters or bytes, and none where none has", () => {
    const kept = { kept: true };
    const { queue, added } = make({ ...kept, data: "xx" }, { ...kept, data: new Uint8Array(8).subarray(1, 6) }, { data: "x".repeat(9) });
    const blob = { ...added[0]!, data: new Blob(["xxxxxxx"]) };
    expect(queue.largestKept()).toBe(added[1]);
    queue.add(blob);
    expect(queue.largestKept()).toBe(blob);
    for (const entry of [...added, blob]) entry.kept = false;
    expect(queue.largestKept()).toBeUndefined();
  });

  test.each(['["","say"]', "", "__proto__"])("finds the message of the slot %j, and none of another", (slot) => {
    const { queue, added } = make({}, { slot }, { slot: `${slot}.` });
    expect(queue.inSlot(slot)).toBe(added[1]);
    expect(queue.inSlot("other")).toBeUndefined();
    queue.remove(added[1]!);
    expect(queue.inSlot(slot)).toBeUndefined();
  });
});
