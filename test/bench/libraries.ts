import { bare } from "./libraries/bare";
import { centrifuge } from "./libraries/centrifuge";
import { graphql } from "./libraries/graphql";
import type { Library } from "./libraries/library";
import { phoenix } from "./libraries/phoenix";
import { reconnectingWebsocket } from "./libraries/reconnecting";
import { partysocket } from "./libraries/partysocket";
import { socketio } from "./libraries/socketio";
import { supabase } from "./libraries/supabase";
import { wireline } from "./libraries/wireline";

/** All that are measured, the floor first. */
export const libraries: readonly Library[] = [
  bare,
  wireline,
  reconnectingWebsocket,
  partysocket,
  phoenix,
  centrifuge,
  socketio,
  graphql,
  supabase,
];
