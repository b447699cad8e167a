import { type Issue, SocketError } from "../errors";
import type { Message } from "./message";

/** The result of a schema. */
export type Verdict<Output> =
  | {
      /** The output of the schema. */
      readonly value: Output;
      /** None. */
      readonly issues?: undefined;
    }
  | {
      /** What is wrong. */
      readonly issues: readonly Issue[];
    };

/**
 * A schema of any library that supports Standard Schema v1 (standardschema.dev), such as zod, Valibot and ArkType.
 */
export interface Schema<Input = unknown, Output = Input> {
  /** The members of the standard. */
  readonly "~standard": {
    /** The version of the standard. */
    readonly version: 1;
    /** The library of the schema. */
    readonly vendor: string;
    /** Validates a value. Wireline refuses a promise. */
    readonly validate: (value: unknown) => Verdict<Output> | Promise<Verdict<Output>>;
    /** For the compiler only. */
    readonly types?:
      | {
          /** The input of the schema. */
          readonly input: Input;
          /** The output of the schema. */
          readonly output: Output;
        }
      | undefined;
  };
}

/** What checks a value for a schema. */
export type Check = Schema["~standard"];

/** The input type of a schema. */
export type InputOf<S> = S extends Schema ? NonNullable<S["~standard"]["types"]>["input"] : never;

/** The output type of a schema. */
export type OutputOf<S> = S extends Schema ? NonNullable<S["~standard"]["types"]>["output"] : never;

/** True for anything that speaks Standard Schema. */
export function isSchema(value: unknown): value is Schema {
  return !!value && typeof value !== "string" && "~standard" in (value as object);
}

/**
 * Validates a param and gives what the schema makes of it.
 *
 * @throws SocketError `validation` with path and issues; `usage` for a schema that validates asynchronously, because
 * waiting for one message would let later ones overtake it (ERRATA Z3).
 */
export function validate(check: Check, { channel, cmd, param }: Message): unknown {
  let verdict: Verdict<unknown> | Promise<Verdict<unknown>>;
  try {
    verdict = check.validate(param);
    // Not instanceof: a promise may be of another library or frame.
    if (!("then" in verdict) && !verdict.issues) return verdict.value;
  } catch (cause) {
    throw new SocketError("validation", { cause, channel, cmd });
  }
  if (!("then" in verdict)) throw new SocketError("validation", { channel, cmd, issues: verdict.issues! });
  // Whatever comes of it; what is no promise after all may throw here.
  Promise.resolve(verdict).catch(() => {});
  throw new SocketError("usage", { message: "The schema is asynchronous; use a synchronous one.", channel, cmd });
}
