import { type Issue, SocketError } from "../errors";
import type { Message } from "./message";
import { usage } from "../usage";

/** What a schema finds. */
export type ValidationResult<Output> =
  | {
      /** The value that the schema returns. */
      readonly value: Output;
      /** Nothing is wrong. */
      readonly issues?: undefined;
    }
  | {
      /** What is wrong. */
      readonly issues: readonly Issue[];
    };

/**
 * Any schema that implements Standard Schema v1 (standardschema.dev): zod, Valibot, ArkType and others.
 */
export interface Schema<Input = unknown, Output = Input> {
  /** As the standard says. */
  readonly "~standard": {
    /** The version of the standard. */
    readonly version: 1;
    /** The name of the schema library. */
    readonly vendor: string;
    /** Checks a value, synchronously. */
    readonly validate: (value: unknown) => ValidationResult<Output> | Promise<ValidationResult<Output>>;
    /** For the compiler only. */
    readonly types?:
      | {
          /** What the schema takes. */
          readonly input: Input;
          /** What it returns. */
          readonly output: Output;
        }
      | undefined;
  };
}

/** The part of a schema that checks values. */
export type Validator = Schema["~standard"];

/** The type a schema takes. */
export type InputOf<S> = S extends Schema ? NonNullable<S["~standard"]["types"]>["input"] : never;

/** The type a schema returns. */
export type OutputOf<S> = S extends Schema ? NonNullable<S["~standard"]["types"]>["output"] : never;

/** Whether a value is a schema. Some libraries make theirs functions. */
export function isSchema(value: unknown): value is Schema {
  const possible = (typeof value === "object" && value !== null) || typeof value === "function";
  return possible && typeof (value as Partial<Schema>)["~standard"]?.validate === "function";
}

/**
 * Validates a param and returns what the schema makes of it.
 *
 * @throws SocketError `validation` with the issues; `usage` for a schema that validates asynchronously, because later
 * messages would overtake the one that waits.
 */
export function validate(validator: Validator, { channel, cmd, param }: Message): unknown {
  let result: ValidationResult<unknown> | Promise<ValidationResult<unknown>>;
  try {
    result = validator.validate(param);
    if (typeof result !== "object" || result === null) throw new TypeError("the schema returned no validation result");
    if (!isThenable(result) && !result.issues) return result.value;
  } catch (cause) {
    throw new SocketError("validation", { cause, channel, cmd });
  }
  if (isThenable(result)) {
    // Its rejection, if it comes, is of no use to anybody.
    Promise.resolve(result).catch(() => {});
    throw usage("The schema is asynchronous; use a synchronous one.", { channel, cmd });
  }
  throw new SocketError("validation", { channel, cmd, issues: result.issues });
}

/** Whether a value is a promise, be it of another library or frame. */
function isThenable(value: object): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}
