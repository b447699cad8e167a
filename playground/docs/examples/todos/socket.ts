import { defineProtocol, Socket } from "wireline";
import * as z from "zod";

const todo = z.object({ id: z.string(), text: z.string(), done: z.boolean() });
export type Todo = z.infer<typeof todo>;

const protocol = defineProtocol({
  inbound: {
    todos: z.array(todo),
    todo,
    saved: z.object({ id: z.string() }),
    typing: z.object({ user: z.string(), on: z.boolean() }),
  },
  outbound: {
    list: { param: z.object({}), reply: "todos" },
    save: { param: todo, reply: "saved", delivery: "confirm", match: (sent, saved) => sent.id === saved.id },
    typing: { param: z.object({ on: z.boolean() }), delivery: "drop" },
  },
});

export const socket = new Socket({
  url: () => `ws://localhost:8080/${location.search}`, // ?user=Ada is who you are
  protocol,
  presence: { list: "members", ask: "who" },
  autoConnect: false,
});

/** The todos with one more, or with another version of it. */
export function put(todos: readonly Todo[], changed: Todo): Todo[] {
  const isKnown = todos.some(({ id }) => id === changed.id);
  return isKnown ? todos.map((todo) => (todo.id === changed.id ? changed : todo)) : [...todos, changed];
}
