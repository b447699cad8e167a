import { useState } from "react";
import { useConnection, useStatus } from "./hooks";
import { Room } from "./Room";
import { Second } from "./Second";
import { edition } from "./socket";

export function App() {
  const [shown, setShown] = useState(true);
  const [second, setSecond] = useState(false);
  const [times, setTimes] = useState(0);
  const [connected, setConnected] = useState(true);
  const [joined, setJoined] = useState(true);
  const [name, setName] = useState("lobby");
  useConnection({ enabled: connected });
  const status = useStatus(({ status }) => status);
  return (
    <>
      <p id="edition">{edition}</p>
      <p id="status">{status}</p>
      <button type="button" onClick={() => setShown((before) => !before)}>show</button>
      <button type="button" onClick={() => setSecond(!second)}>second</button>
      <button type="button" onClick={() => setTimes(times + 1)}>remount</button>
      <button type="button" onClick={() => setConnected(!connected)}>connect</button>
      <button type="button" onClick={() => setJoined(!joined)}>join</button>
      <button type="button" onClick={() => setName(name === "lobby" ? "kitchen" : "lobby")}>move</button>
      {shown && <Room key={times} name={name} enabled={joined} />}
      {second && <Second name={name} />}
    </>
  );
}
