import { useChannel, useMessage } from "./hooks";
import { hear } from "./socket";

export function Second({ name }: { name: string }) {
  const { channel } = useChannel(name);
  useMessage("chat", ({ text }) => hear("second", text), { channel });
  return <h2>second</h2>;
}
