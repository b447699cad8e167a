import type { OutboundDefinition, Protocol } from "../index";
import type { CommandForm, JsonSchema } from "./event";

/** The commands that a protocol lets the client send, with their JSON Schemas. */
export function formsOf(protocol: Protocol | undefined): CommandForm[] {
  return Object.entries(protocol?.outbound ?? {}).map(([cmd, definition]) => ({
    cmd,
    reply: "reply" in definition ? definition.reply : undefined,
    schema: schemaOf(definition),
  }));
}

/** As Standard JSON Schema has it, which a schema library may offer or not. */
interface WithJsonSchema {
  readonly "~standard": { readonly jsonSchema?: { input(options: { target: string }): JsonSchema } | undefined };
}

function schemaOf(definition: OutboundDefinition): JsonSchema | undefined {
  const schema = ("param" in definition ? definition.param : definition) as WithJsonSchema;
  try {
    // As data: a schema may hold functions, which no port passes on.
    const found = schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" });
    return found && (JSON.parse(JSON.stringify(found)) as JsonSchema);
  } catch {
    // It has what JSON Schema cannot say.
    return undefined;
  }
}
