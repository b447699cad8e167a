import { type Effects, watch } from "./effects";
import type { Place } from "./scene";
import { behaviours, type Outcome, perform } from "./suite";

// Runs in a page or a worker, before the library: tests reach it by the globals below.

declare global {
  /** Watches an import, until what it gives is called. */
  var watchImport: () => () => Effects;
  /** Says where the suite runs. */
  var setPlace: (place: Place) => void;
  /** Tries the behaviour of a name. */
  var behave: (name: string) => Promise<Outcome>;
}

let place: Place;

Object.assign(globalThis, {
  watchImport: watch,
  setPlace: (given: Place) => {
    place = given;
  },
  behave: (name: string) => perform(behaviours.find((behaviour) => behaviour.name === name)!, place),
});
