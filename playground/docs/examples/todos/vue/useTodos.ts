import { computed } from "vue";
import { useChannel, useConfirmed, useLiveQuery, usePresence, useReducedMessages } from "./hooks";
import { put } from "./socket";

/** A list as this user sees it, who else is there, and who types. */
export function useTodos(room: () => string) {
  const { channel } = useChannel(room);
  const saved = useLiveQuery({
    channel,
    snapshot: () => channel.value.request("list", {}),
    apply: (todos, { cmd, param }) => (cmd === "todo" ? put(todos, param) : todos),
  });
  const { run: save, unsaved, error } = useConfirmed("save", { channel });
  const members = usePresence(channel);
  const typing = useReducedMessages(
    "typing",
    (names: string[], { user, on }) => [...names.filter((name) => name !== user), ...(on ? [user] : [])],
    [],
    { channel },
  );
  const todos = computed(() => unsaved.value.reduce(put, saved.value.value ?? []));
  const people = computed(() => [...members.value.keys()]);
  return { channel, todos, unsaved, save, error, people, typing };
}
