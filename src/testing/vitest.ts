/**
 * The same as `wireline/testing`, with the types of the matchers for Vitest: `expect.extend(matchers)`.
 *
 * @module wireline/testing/vitest
 */

import type {} from "vitest";
import type { WirelineMatchers } from "../testing/index";

declare module "vitest" {
  interface Matchers<T> extends WirelineMatchers<void> {}
}

export * from "../testing/index";
