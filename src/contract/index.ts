/**
 * Writes a protocol for other programs: as JSON Schema, and as an AsyncAPI document. It runs when you build, and is part of no
 * bundle. The command line tool, `npx wireline`, writes the same files, and Go code.
 *
 * The schemas must have Standard JSON Schema: those of zod 4.2 and ArkType 2.1.28 have it, and Valibot's with
 * `@valibot/to-json-schema`.
 *
 * @module wireline/contract
 */

export { type AsyncAPIChannel, type AsyncAPIDocument, type AsyncAPIOptions, type AsyncAPIServer, toAsyncAPI } from "./asyncapi";
export { type ContractDocument, type Definition, toJSONSchema } from "./document";
export type { JSONSchema } from "./reader";
