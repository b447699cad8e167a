/**
 * What the script has under the name of Wireline: all of it, since a script tag takes no parts.
 *
 * @module
 */

export { deliveries } from "./deliveries";
export * from "./index";
