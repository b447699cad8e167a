import { type SubmitEvent, useState } from "react";
import { useConnection, useStatus } from "./hooks";
import { socket } from "./socket";
import { useTodos } from "./useTodos";

export function Todos() {
  useConnection();
  const [room, setRoom] = useState("home");
  return (
    <>
      <Banner />
      <nav aria-label="Lists">
        {["home", "work"].map((name) => (
          <button key={name} type="button" aria-pressed={name === room} onClick={() => setRoom(name)}>{name}</button>
        ))}
      </nav>
      <List key={room} room={room} />
    </>
  );
}

function Banner() {
  const { status, retryIn, queued } = useStatus();
  if (status === "open" || status === "idle") return null;
  return (
    <p>
      <span role="status">{retryIn === null ? "Connecting …" : "Offline."}</span>
      {retryIn !== null && ` Next attempt in ${retryIn} s.`}
      {queued > 0 && ` Waiting changes: ${queued}.`}
      <button type="button" onClick={() => socket.retryNow()}>Try now</button>
    </p>
  );
}

function List({ room }: { room: string }) {
  const { channel, todos, unsaved, save, error, people, typing } = useTodos(room);

  function add(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("text"));
    save({ id: crypto.randomUUID(), text, done: false });
    channel.send("typing", { on: false });
    event.currentTarget.reset();
  }
  return (
    <main>
      <p className="people">Here: {people.join(", ")}</p>
      <ul>
        {todos.map((todo) => (
          <li key={todo.id}>
            <label>
              <input type="checkbox" checked={todo.done} onChange={() => save({ ...todo, done: !todo.done })} />
              {todo.text}
            </label>
            {unsaved.some(({ id }) => id === todo.id) && <em>saving …</em>}
          </li>
        ))}
      </ul>
      <form onSubmit={add}>
        <input name="text" aria-label="Todo" required onInput={(event) => channel.send("typing", { on: event.currentTarget.value !== "" })} />
        <button>Add</button>
      </form>
      {typing.length > 0 && <p className="typing">{typing.join(", ")} typing …</p>}
      {error && <p role="alert">{error.message}</p>}
    </main>
  );
}
