import { createHooks } from "wireline/vue";
import { socket } from "./socket";

export const {
  useConnection,
  useStatus,
  useChannel,
  useMessage,
  useLatest,
  useReducedMessages,
  usePresence,
  useRequest,
  useConfirmed,
  useReconnected,
} = createHooks(socket);
