import type { Protocol, Socket } from "../index";
import { type Feed, type LiveQuery, type LiveQueryOptions, liveQuery, type QueryStatus, resume } from "../resume/index";
import { followers, type Store, storeOf } from "./store";

/** A value of the server at one moment. */
export interface QueryState<V> {
  /** The value; `undefined` while it is loading. */
  readonly value: V | undefined;
  /** Whether the value is what the server has. */
  readonly status: QueryStatus;
  /** What the last snapshot failed with. It is fetched again after a wait. */
  readonly error: unknown;
  /** Fetches the snapshot again. */
  readonly refetch: () => void;
}

/**
 * A value that is fetched, and changed by messages, while the store is followed. See `liveQuery` of `wireline/resume`.
 *
 * @param source a feed; or a socket, for messages without numbers
 * @param channel for a socket, the only channel whose messages and gaps count; `undefined` for all
 */
export function queryStore<P extends Protocol, V>(
  source: Socket<P> | Feed<P>,
  channel: string | undefined,
  options: LiveQueryOptions<P, V>,
): Store<QueryState<V>> {
  let query: LiveQuery<V> | undefined;
  const refetch = () => query?.refetch();
  const idle: QueryState<V> = { value: undefined, status: "loading", error: undefined, refetch };
  return storeOf<QueryState<V>>(
    idle,
    () => (query ? { value: query.value, status: query.status, error: query.error, refetch } : idle),
    followers((changed) => {
      const own = isSocket(source) ? resume(source, { channel }) : undefined;
      const started = liveQuery<P, V>(own ?? source, options);
      query = started;
      started.onChange(changed);
      return () => {
        started.close();
        own?.stop();
      };
    }),
  );
}

function isSocket<P extends Protocol>(source: Socket<P> | Feed<P>): source is Socket<P> {
  return "hold" in source;
}
