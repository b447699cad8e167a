import { useChannel, useMessage } from "./hooks";
import { hear } from "./socket";

export function Second(props: { name: string }) {
  const { channel } = useChannel(() => props.name);
  useMessage("chat", ({ text }) => hear("second", text), { channel });
  return <h2>second</h2>;
}
