import assert from "node:assert/strict";
import type { Client } from "./client";
import { follow, Member } from "./member";
import { about, type Statement } from "./statement";

// What the modules `user` and `oauth` of Project Forge change for clients.

const withUser = about("projectforge with user");
const withOauth = about("projectforge with oauth");

const ZEROS = "00000000-0000-0000-0000-000000000000";

/** The ids by which two who come later are told to the first, and that of one of them who goes. */
async function idsOf(client: Client, channel: string, path: string): Promise<[one: string, other: string, gone: string]> {
  const first = await Member.of(client, channel, path);
  const [member, one] = await follow(client, first, channel, path);
  const [, other] = await follow(client, first, channel, path);
  member.line.cut();
  const { from, param } = await first.hears("online-update", ({ param }) => !(param as { connected: boolean }).connected);
  const gone = (param as { userID: string }).userID;
  assert.equal(from, gone);
  return [one, other, gone];
}

/** The statements about the modules. */
export const moduleStatements: Statement[] = [
  withUser("`online-update` carries the profile's id, which by the recipe each guest has for itself", async (client) => {
    const [one, other, gone] = await idsOf(client, "own", "/example/socket");
    assert.equal(new Set([one, other, ZEROS]).size, 3);
    assert.equal(gone, one);
  }),
  withUser("where the action passes the profile as it is, all guests have one id, of zeros", async (client) => {
    assert.deepEqual(await idsOf(client, "shared", "/shared/socket"), [ZEROS, ZEROS, ZEROS]);
  }),
  withOauth("`online-update` carries the connection's id, as without the module", async (client) => {
    const [one, other, gone] = await idsOf(client, "own", "/example/socket");
    assert.equal(new Set([one, other, ZEROS]).size, 3);
    assert.equal(gone, one);
  }),
];
