import { type InboundCommand, type InputOf, type OutboundCommand, type OutputOf, type Protocol, type Schema, SocketError } from "../index";

type SchemaOf<Definition> = Definition extends { readonly param: infer S extends Schema } ? S : Definition;

/** The param of a command of the client as the server gets it: the output of its schema. */
export type ReceivedParam<P extends Protocol, C extends OutboundCommand<P>> = OutputOf<SchemaOf<P["outbound"][C]>>;

/** The param of a command of the server as the server sends it: the input of its schema. */
export type SentParam<P extends Protocol, C extends InboundCommand<P>> = InputOf<SchemaOf<P["inbound"][C]>>;

/** The param and the options of a call. The param may be left out where `undefined` is allowed. */
export type SentArguments<P extends Protocol, C extends InboundCommand<P>, Options extends unknown[] = []> =
  undefined extends SentParam<P, C> ? [param?: SentParam<P, C>, ...Options] : [param: SentParam<P, C>, ...Options];

/** Which messages a mock server checks. Words as of the socket: `inbound` is what the server sends. */
export type Checks = "always" | "inbound" | "outbound" | "never";

/** The protocol from the server's side: checks what is sent to clients and what clients send. */
export class Params {
  readonly #protocol: Protocol | undefined;
  readonly #checksSent: boolean;
  readonly #checksReceived: boolean;

  constructor(protocol: Protocol | undefined, checks: Checks) {
    this.#protocol = protocol;
    this.#checksSent = checks === "always" || checks === "inbound";
    this.#checksReceived = checks === "always" || checks === "outbound";
  }

  /**
   * Checks a message before it is sent to a client.
   *
   * @throws SocketError `validation` for a command that the protocol does not name, and for a param that does not fit it.
   */
  checkSent(cmd: string, param: unknown): void {
    if (!this.#protocol || !this.#checksSent) return;
    const schema = schemaOf(this.#protocol.inbound, cmd);
    if (!schema) throw new SocketError("validation", { message: "The protocol has no such inbound command; add it to `inbound`.", cmd });
    const { issues } = validate(schema, param);
    if (issues)
      throw new SocketError("validation", { message: "The mock server sends what does not fit the protocol; see `issues`.", cmd, issues });
  }

  /**
   * The param of a client's message, as its schema returns it. What the protocol does not name passes as it is: a heartbeat or a
   * join may be such a command.
   *
   * @throws SocketError `validation` for a param that does not fit the protocol.
   */
  readReceived(cmd: string, param: unknown): unknown {
    const schema = this.#protocol && this.#checksReceived ? schemaOf(this.#protocol.outbound, cmd) : undefined;
    if (!schema) return param;
    const result = validate(schema, param);
    if (!result.issues) return result.value;
    // JSON has no undefined, so null may stand for it.
    const absent = param === null ? validate(schema, undefined) : result;
    if (!absent.issues) return absent.value;
    const { issues } = result;
    throw new SocketError("validation", { message: "A client sends what does not fit the protocol; see `issues`.", cmd, issues });
  }
}

function schemaOf(definitions: Protocol["inbound"] | Protocol["outbound"], cmd: string): Schema | undefined {
  if (!Object.keys(definitions).includes(cmd)) return undefined;
  const definition = definitions[cmd]!;
  return "~standard" in definition ? definition : definition.param;
}

function validate(schema: Schema, value: unknown) {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) throw new SocketError("usage", { message: "The schema is asynchronous; use a synchronous one." });
  return result;
}
