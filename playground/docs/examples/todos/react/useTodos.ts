import { useChannel, useConfirmed, useLiveQuery, usePresence, useReducedMessages } from "./hooks";
import { put } from "./socket";

/** A list as this user sees it, who else is there, and who types. */
export function useTodos(room: string) {
  const { channel } = useChannel(room);
  const saved = useLiveQuery({
    channel,
    snapshot: () => channel.request("list", {}),
    apply: (todos, { cmd, param }) => (cmd === "todo" ? put(todos, param) : todos),
  });
  const { run: save, unsaved, error } = useConfirmed("save", { channel });
  const people = [...usePresence(channel).keys()];
  const typing = useReducedMessages(
    "typing",
    (names: string[], { user, on }) => [...names.filter((name) => name !== user), ...(on ? [user] : [])],
    [],
    { channel },
  );
  return { channel, todos: unsaved.reduce(put, saved.value ?? []), unsaved, save, error, people, typing };
}
