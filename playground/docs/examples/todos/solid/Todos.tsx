import { createSignal, For, Show } from "solid-js";
import { useConnection, useStatus } from "./hooks";
import { socket } from "./socket";
import { useTodos } from "./useTodos";

export function Todos() {
  useConnection();
  const [room, setRoom] = createSignal("home");
  return (
    <>
      <Banner />
      <nav aria-label="Lists">
        <For each={["home", "work"]}>
          {(name) => <button type="button" aria-pressed={name === room()} onClick={() => setRoom(name)}>{name}</button>}
        </For>
      </nav>
      <Show when={room()} keyed>{(name) => <List room={name} />}</Show>
    </>
  );
}

function Banner() {
  const state = useStatus();
  return (
    <Show when={state().status !== "open" && state().status !== "idle"}>
      <p>
        <span role="status">{state().retryIn === null ? "Connecting …" : "Offline."}</span>
        <Show when={state().retryIn !== null}> Next attempt in {state().retryIn} s.</Show>
        <Show when={state().queued}> Waiting changes: {state().queued}.</Show>
        <button type="button" onClick={() => socket.retryNow()}>Try now</button>
      </p>
    </Show>
  );
}

function List(props: { room: string }) {
  const { channel, todos, unsaved, save, error, people, typing } = useTodos(() => props.room);

  const add = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("text"));
    save({ id: crypto.randomUUID(), text, done: false });
    channel().send("typing", { on: false });
    event.currentTarget.reset();
  };
  return (
    <main>
      <p class="people">Here: {people().join(", ")}</p>
      <ul>
        <For each={todos()}>
          {(todo) => (
            <li>
              <label>
                <input type="checkbox" checked={todo.done} onChange={() => save({ ...todo, done: !todo.done })} />
                {todo.text}
              </label>
              <Show when={unsaved().some(({ id }) => id === todo.id)}><em>saving …</em></Show>
            </li>
          )}
        </For>
      </ul>
      <form onSubmit={add}>
        <input name="text" aria-label="Todo" required onInput={(event) => channel().send("typing", { on: event.currentTarget.value !== "" })} />
        <button>Add</button>
      </form>
      <Show when={typing().length}><p class="typing">{typing().join(", ")} typing …</p></Show>
      <Show when={error()}>{(error) => <p role="alert">{error().message}</p>}</Show>
    </main>
  );
}
