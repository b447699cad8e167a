import { useChannel, useConfirmed, useLiveQuery, usePresence, useReducedMessages } from "./hooks";
import { put } from "./socket";

/** A list as this user sees it, who else is there, and who types. */
export function useTodos(name: () => string) {
  const room = useChannel(name);
  const channel = () => room.channel;
  const saved = useLiveQuery({
    channel,
    snapshot: () => room.channel.request("list", {}),
    apply: (todos, { cmd, param }) => (cmd === "todo" ? put(todos, param) : todos),
  });
  const changes = useConfirmed("save", { channel });
  const members = usePresence(channel);
  const typing = useReducedMessages(
    "typing",
    (names: string[], { user, on }) => [...names.filter((name) => name !== user), ...(on ? [user] : [])],
    [],
    { channel },
  );
  const todos = () => changes.unsaved.reduce(put, saved.value ?? []);
  return { room, todos, changes, members, typing };
}
