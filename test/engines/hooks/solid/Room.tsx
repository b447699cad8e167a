import { createEffect, createSignal } from "solid-js";
import {
  useChannel,
  useConfirmed,
  useLatest,
  useMessage,
  usePresence,
  useReconnected,
  useReducedMessages,
  useRequest,
  useStatus,
} from "./hooks";
import { hear, rendered, trace } from "./socket";

export function Room(props: { name: string; enabled: boolean }) {
  const { channel, status, refusal } = useChannel(() => props.name, { enabled: () => props.enabled });
  const connection = useStatus(({ retryIn, queued }) => ({ retryIn, queued }));
  const [texts, setTexts] = createSignal<string[]>([]);
  useMessage(
    "chat",
    ({ text }) => {
      hear("room", text);
      setTexts((before) => [...before, text].slice(-3));
    },
    { channel },
  );
  const count = useReducedMessages("chat", (count) => count + 1, 0, { channel });
  const latest = useLatest("chat", undefined, { channel });
  const members = usePresence(channel);
  const ping = useRequest("ping", { channel, timeout: 5_000 });
  const { run, unsaved, data } = useConfirmed("chat", { channel });
  useReconnected(() => void trace.reconnects++);
  // A component of Solid runs once: what counts is how often its values change.
  createEffect(() => {
    count();
    latest();
    rendered("room");
  });
  return (
    <section>
      <h1>version 1</h1>
      <p id="channel">{refusal()?.message ?? status()}</p>
      <p id="retry">{connection().retryIn === null ? "" : `retry in ${connection().retryIn}`}</p>
      <p id="queued">{connection().queued}</p>
      <p id="texts">{texts().join(" ")}</p>
      <p id="count">{count()}</p>
      <p id="latest">{latest()?.text}</p>
      <p id="members">{members().size}</p>
      <p id="ping">{ping.pending() ? "asking" : ping.data() ? "answered" : ping.error()?.code}</p>
      <p id="unsaved">{unsaved().map(({ text }) => text).join(" ")}</p>
      <p id="saved">{data()?.text}</p>
      <button type="button" onClick={() => ping.run({})}>ping</button>
      <button type="button" onClick={() => run({ text: `text-${unsaved().length}` })}>say</button>
    </section>
  );
}
