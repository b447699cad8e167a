import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { defineProtocol } from "../../../src/index";

const valibot = v.object({
  date: v.pipe(v.string(), v.isoDate()),
  time: v.pipe(v.string(), v.isoTime()),
  at: v.pipe(v.string(), v.isoTimestamp()),
  email: v.pipe(v.string(), v.email()),
  uuid: v.pipe(v.string(), v.uuid()),
  url: v.pipe(v.string(), v.url()),
  v4: v.pipe(v.string(), v.ipv4()),
  v6: v.pipe(v.string(), v.ipv6()),
  kind: v.variant("kind", [v.object({ kind: v.literal("a") }), v.object({ kind: v.literal("b"), n: v.number() })]),
  tags: v.optional(v.array(v.picklist(["x", "y"]))),
});

const arktype = type({
  text: "1 <= string <= 9",
  "n?": "0 < number.integer < 10",
  id: "string.uuid",
  either: "string | number | null",
  list: "('a' | 'b')[] >= 1",
});

/** Schemas of other libraries, whose formats have no patterns. */
export const protocol = defineProtocol({ inbound: {}, outbound: { valibot: toStandardJsonSchema(valibot), arktype } });
