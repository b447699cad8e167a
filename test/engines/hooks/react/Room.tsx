import { useState } from "react";
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

export function Room({ name, enabled }: { name: string; enabled: boolean }) {
  rendered("room");
  const { channel, status, refusal } = useChannel(name, { enabled });
  const { retryIn, queued } = useStatus(({ retryIn, queued }) => ({ retryIn, queued }));
  const [texts, setTexts] = useState<string[]>([]);
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
  return (
    <section>
      <h1>version 1</h1>
      <p id="channel">{refusal ? refusal.message : status}</p>
      <p id="retry">{retryIn === null ? "" : `retry in ${retryIn}`}</p>
      <p id="queued">{queued}</p>
      <p id="texts">{texts.join(" ")}</p>
      <p id="count">{count}</p>
      <p id="latest">{latest?.text}</p>
      <p id="members">{members.size}</p>
      <p id="ping">{ping.pending ? "asking" : ping.data ? "answered" : ping.error?.code}</p>
      <p id="unsaved">{unsaved.map(({ text }) => text).join(" ")}</p>
      <p id="saved">{data?.text}</p>
      <button type="button" onClick={() => ping.run({})}>ping</button>
      <button type="button" onClick={() => run({ text: `text-${unsaved.length}` })}>say</button>
    </section>
  );
}
