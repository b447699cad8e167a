import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { isSchema, type Schema, validate, type ValidationResult } from "../../../src/messages/schema";
import { errorOf } from "../../harness/thrown";

/** A schema of no library. */
function schema(check: (value: unknown) => ValidationResult<unknown> | Promise<ValidationResult<unknown>>): Schema {
  return { "~standard": { version: 1, vendor: "test", validate: check } };
}

const message = (param: unknown) => ({ channel: "lobby", cmd: "chat", param });
const check = (schema: Schema, param: unknown) => validate(schema["~standard"], message(param));

describe("isSchema", () => {
  test("recognises a schema of zod, of zod/mini, of no library, and one that is a function", () => {
    const callable = Object.assign(
      () => {},
      schema((value) => ({ value })),
    );
    for (const it of [z.string(), mini.string(), schema((value) => ({ value })), callable]) expect(isSchema(it)).toBe(true);
  });

  test("recognises nothing else", () => {
    for (const it of [undefined, null, "", "~standard", {}, { param: z.string() }, () => {}]) expect(isSchema(it)).toBe(false);
  });
});

describe("validate", () => {
  test("returns the output of the schema", () => {
    expect(check(z.object({ x: z.string().transform(Number), y: z.number().default(7) }), { x: "5", z: 1 })).toEqual({ x: 5, y: 7 });
    expect(check(mini.object({ x: mini.number() }), { x: 1, y: 2 })).toEqual({ x: 1 });
    expect(
      check(
        schema((value) => ({ value: [value] })),
        1,
      ),
    ).toEqual([1]);
  });

  test("returns a falsy value as it is", () => {
    for (const value of [undefined, null, 0, "", false])
      expect(
        check(
          schema(() => ({ value })),
          1,
        ),
      ).toBe(value);
  });

  test("throws where the param does not fit, with message, path and place", () => {
    const error = errorOf(() => check(z.object({ user: z.object({ age: z.number() }) }), { user: { age: "secret" } }));
    expect(error).toMatchObject({ code: "validation", channel: "lobby", cmd: "chat" });
    expect(error.issues).toHaveLength(1);
    expect(error.issues?.[0]).toMatchObject({ path: ["user", "age"], message: expect.stringContaining("number") });
    expect(error.message).not.toContain("secret");
  });

  test("treats a list of issues as a refusal even if it is empty", () => {
    expect(
      errorOf(() =>
        check(
          schema(() => ({ issues: [] })),
          1,
        ),
      ).code,
    ).toBe("validation");
  });

  test("turns an exception of a schema into our error", () => {
    const cause = new Error("broken");
    const broken = schema(() => {
      throw cause;
    });
    expect(errorOf(() => check(broken, 1))).toMatchObject({ cause, channel: "lobby", cmd: "chat" });
  });

  test.each([undefined, null, true, 5, 1n, "value", Symbol("value")])(
    "refuses a schema that returns nothing useful, such as %s",
    (result) => {
      const error = errorOf(() =>
        check(
          schema(() => result as never),
          1,
        ),
      );
      expect(error).toMatchObject({ code: "validation", channel: "lobby", cmd: "chat" });
      expect(error.cause).toBeInstanceOf(TypeError);
    },
  );

  test("refuses a result whose `then` throws when it is called", () => {
    const broken = {
      then() {
        throw new Error("mine");
      },
    };
    expect(
      errorOf(() =>
        check(
          schema(() => broken as never),
          1,
        ),
      ).code,
    ).toBe("usage");
  });

  test.each([1, undefined])("takes a result whose `then` is %s, and so no promise, as it is", (then) => {
    expect(
      check(
        schema(() => ({ value: 5, then }) as never),
        1,
      ),
    ).toBe(5);
  });

  test("refuses an object that has the name of a schema and is none", () => {
    for (const it of [{ "~standard": undefined }, { "~standard": {} }, { "~standard": { validate: "yes" } }]) {
      const error = errorOf(() => check(it as never, 1));
      expect(error).toMatchObject({ code: "validation", cmd: "chat" });
      expect(error.cause).toBeInstanceOf(TypeError);
    }
  });

  test("turns an exception while reading a validation result into our error", () => {
    const cause = new Error("broken");
    const broken = () => ({
      get issues(): never {
        throw cause;
      },
    });
    expect(errorOf(() => check(schema(broken), 1))).toMatchObject({ code: "validation", cause, cmd: "chat" });
  });

  test("changes no prototype, whatever the keys", () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"x":1}');
    for (const it of [z.object({ x: z.number() }), z.looseObject({ x: z.number() }), z.record(z.string(), z.unknown())]) {
      expect((check(it, hostile) as { admin?: boolean }).admin).toBeUndefined();
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test("agrees with zod on any value", () => {
    const it = z.object({ x: z.number(), y: z.array(z.string()).optional() });
    const near = fc.record({ x: fc.oneof(fc.integer(), fc.string()), y: fc.oneof(fc.array(fc.string()), fc.constant(undefined)) });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), near), (param) => {
        const { success, data } = it.safeParse(param);
        if (success) expect(check(it, param)).toEqual(data);
        else expect(errorOf(() => check(it, param)).code).toBe("validation");
      }),
    );
  });
});

describe("zod", () => {
  test("[Z2] with jitless no code is compiled from strings, and the validation results are the same", () => {
    const made = vi.fn();
    const Original = globalThis.Function;
    const spied = new Proxy(Original, {
      construct: (target, args: string[]) => {
        made();
        return Reflect.construct(target, args) as object;
      },
    });
    const results = () => {
      const it = z.object({ x: z.number() });
      return [check(it, { x: 1 }), errorOf(() => check(it, { x: "1" })).code];
    };
    vi.stubGlobal("Function", spied);
    try {
      expect(results()).toEqual([{ x: 1 }, "validation"]);
      // Proves that this test would see it.
      expect(made).toHaveBeenCalled();
      made.mockClear();
      z.config({ jitless: true });
      expect(results()).toEqual([{ x: 1 }, "validation"]);
      expect(made).not.toHaveBeenCalled();
    } finally {
      z.config({ jitless: false });
      vi.unstubAllGlobals();
    }
  });

  test("[Z3] an asynchronous schema is refused, whether it would accept or reject", () => {
    const results = [
      () =>
        check(
          z.string().refine(async () => true),
          "x",
        ),
      () =>
        check(
          z.string().refine(async () => false),
          "x",
        ),
      () =>
        check(
          schema(async (value) => ({ value })),
          1,
        ),
    ];
    for (const result of results) {
      const error = errorOf(result);
      expect(error).toMatchObject({ code: "usage", channel: "lobby", cmd: "chat" });
      expect(error.message).toMatch(/asynchronous; use a synchronous one\.$/);
    }
  });

  test("[Z3] a promise of another realm is refused, too", () => {
    // So do zone.js, Bluebird and other frames.
    const foreign = { then: () => {} } as unknown as Promise<ValidationResult<unknown>>;
    expect(
      errorOf(() =>
        check(
          schema(() => foreign),
          1,
        ),
      ).code,
    ).toBe("usage");
  });

  test("[Z3] a refused promise that rejects causes no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    try {
      errorOf(() =>
        check(
          schema(() => Promise.reject(new Error("late"))),
          1,
        ),
      );
      // Node tells after the microtasks of a turn.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off("unhandledRejection", unhandled);
    }
  });
});
