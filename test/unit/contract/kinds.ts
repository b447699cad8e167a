import * as z from "zod";
import { defineProtocol } from "../../../src/index";

const author = z
  .object({ userID: z.uuid().describe("The one who wrote it."), displayName: z.string().max(40).optional() })
  .meta({ id: "Author", description: "Author is a person." });

const tree = z.object({
  label: z.string(),
  get children() {
    return z.array(tree);
  },
});

/** Every kind of schema that has a type in Go: `test/peers/kinds/protocol.go` is made of it. */
export const protocol = defineProtocol({
  outbound: {
    note: {
      param: z
        .object({
          id: z.string().min(1).max(64).describe("Made by the client, so that it can be sent again"),
          author,
          tags: z.array(z.string().min(1)).max(8).describe("In any order."),
          due: z.iso.datetime({ offset: true }).optional(),
          day: z.iso.date().nullable(),
          priority: z.enum(["low", "high"]).default("low"),
          progress: z.number().min(0).max(1).optional(),
          count: z.int().positive(),
          scores: z.record(z.string().regex(/^[a-z]+$/), z.number().multipleOf(0.5)),
          extra: z.unknown().optional(),
          html: z.string().meta({ deprecated: true }),
        })
        .describe("A note as it is in the editor."),
      delivery: "confirm",
      reply: "saved",
    },
    draw: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("circle"), radius: z.number().positive() }),
      z.object({ kind: z.literal("text-box"), text: z.string(), size: z.union([z.literal(12), z.literal(16)]) }),
    ]),
    "join-room": { param: z.strictObject({ room: z.union([z.string().min(1), z.int()]) }), delivery: "latest" },
    say: { param: z.string().trim().min(1), delivery: "drop" },
    move: z.object({ x: z.int32(), y: z.int32() }).optional(),
    leave: z.undefined(),
    anything: z.unknown(),
    password: z.object({ text: z.string().regex(/^(?=.*\d)(?!.*\s)[!-~]{8,64}$/), site: z.url() }),
  },
  inbound: {
    saved: z.object({ id: z.string(), at: z.iso.datetime().pipe(z.coerce.date()), authors: z.array(author).optional() }),
    tree,
    names: z.array(z.string().nullable()),
    bye: z.null(),
  },
});
