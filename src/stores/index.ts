/**
 * What the hooks are made of: values of a socket that any framework can follow. `wireline/react`, `/vue`, `/svelte` and `/solid`
 * build on them; so may a component of another framework.
 *
 * @module wireline/stores
 */

export {
  type CallCommand,
  type CallConfirmOptions,
  type CallParam,
  type CallReply,
  type CallRequestOptions,
  type CallState,
  type CallStore,
  callStore,
  type Run,
} from "./calls";
export { type ChannelState, channelStore, membersStore, sourceOf } from "./channel";
export { latestStore, type Reducer, reducedStore } from "./messages";
export { type QueryState, queryStore } from "./query";
export { type ConnectionStatus, statusStore } from "./status";
export { selectedStore, type Store } from "./store";
