/** Fails unless two values say the same, as JSON does; bytes count, and what is undefined does not. */
export function equal(actual: unknown, expected: unknown): void {
  const [found, wanted] = [show(actual), show(expected)];
  if (found !== wanted) throw new Error(`found ${found}, expected ${wanted}`);
}

/** Fails unless something holds. */
export function holds(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`it does not hold that ${sentence}`);
}

/** Gives what a call throws. */
export function thrown<E = { code: string; message: string }>(call: () => unknown): E {
  try {
    call();
  } catch (error) {
    return error as E;
  }
  throw new Error("nothing was thrown");
}

/** Gives what a promise is rejected with. */
export function rejected<E = { code: string; message: string; sent?: boolean }>(promise: Promise<unknown>): Promise<E> {
  return promise.then(
    (value) => {
      throw new Error(`it was not rejected, but gave ${show(value)}`);
    },
    (error) => error as E,
  );
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof ArrayBuffer) return { bytes: [...new Uint8Array(part)] };
    if (!part || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
