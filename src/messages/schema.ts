import { type Issue, SocketError } from "../errors";
import type { Message } from "./message";

/** What a schema says of a value. */
export type Verdict<Output> =
  | {
      /** What it makes of the value. */
      readonly value: Output;
      /** Nothing is wrong. */
      readonly issues?: undefined;
    }
  | {
      /** What is wrong. */
      readonly issues: readonly Issue[];
    };

/**
 * Any schema that speaks Standard Schema v1 (standardschema.dev): zod, Valibot, ArkType and others.
 * Wireline calls `validate` and imports no schema library.
 */
export interface Schema<Input = unknown, Output = Input> {
  /** What the standard asks of a schema. */
  readonly "~standard": {
    /** Of the standard. */
    readonly version: 1;
    /** The library that the schema is of. */
    readonly vendor: string;
    /** Checks a value, and gives what the schema makes of it; it must not be asynchronous here. */
    readonly validate: (value: unknown) => Verdict<Output> | Promise<Verdict<Output>>;
    /** For the compiler alone: there is nothing at run time. */
    readonly types?:
      | {
          /** What the schema takes. */
          readonly input: Input;
          /** What it gives. */
          readonly output: Output;
        }
      | undefined;
  };
}

/** What checks a value for a schema. */
export type Check = Schema["~standard"];

/** The type a schema takes. */
export type InputOf<S> = S extends Schema ? NonNullable<S["~standard"]["types"]>["input"] : never;

/** The type a schema gives. */
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
