import { createHooks } from "wireline/solid";
import { socket } from "./socket";

export const { useChannel, useConfirmed, useConnection, useLiveQuery, usePresence, useReducedMessages, useStatus } = createHooks(socket);
