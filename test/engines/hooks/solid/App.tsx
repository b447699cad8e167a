import { createSignal, Show } from "solid-js";
import { useConnection, useStatus } from "./hooks";
import { Room } from "./Room";
import { Second } from "./Second";
import { edition } from "./socket";

export function App() {
  const [shown, setShown] = createSignal(true);
  const [second, setSecond] = createSignal(false);
  const [times, setTimes] = createSignal(1);
  const [connected, setConnected] = createSignal(true);
  const [joined, setJoined] = createSignal(true);
  const [name, setName] = createSignal("lobby");
  useConnection({ enabled: connected });
  const status = useStatus(({ status }) => status);
  return (
    <>
      <p id="edition">{edition}</p>
      <p id="status">{status()}</p>
      <button type="button" onClick={() => setShown(!shown())}>show</button>
      <button type="button" onClick={() => setSecond(!second())}>second</button>
      <button type="button" onClick={() => setTimes(times() + 1)}>remount</button>
      <button type="button" onClick={() => setConnected(!connected())}>connect</button>
      <button type="button" onClick={() => setJoined(!joined())}>join</button>
      <button type="button" onClick={() => setName(name() === "lobby" ? "kitchen" : "lobby")}>move</button>
      <Show when={shown()}>
        <Show when={times()} keyed>
          <Room name={name()} enabled={joined()} />
        </Show>
      </Show>
      <Show when={second()}>
        <Second name={name()} />
      </Show>
    </>
  );
}
