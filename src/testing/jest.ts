/**
 * The same as `wireline/testing`, with the types of the matchers for Jest: `expect.extend(matchers)`.
 *
 * @module wireline/testing/jest
 */

import type {} from "expect";
import type { WirelineMatchers } from "../testing/index";

// The types of @jest/globals.
declare module "expect" {
  interface Matchers<R extends void | Promise<void>> extends WirelineMatchers<R> {}
}

// The types of @types/jest.
declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: it must have the parameters of Jest's own.
    interface Matchers<R, T = {}> extends WirelineMatchers<R> {}
  }
}

export * from "../testing/index";
