import { expect, test } from "vitest";
import { exported, Names, receiverOf, unexported } from "../../../src/contract/names";

test.each([
  ["userID", "UserID"],
  ["userId", "UserID"],
  ["user_id", "UserID"],
  ["online-update", "OnlineUpdate"],
  ["html", "HTML"],
  ["HTMLText", "HTMLText"],
  ["httpURL", "HTTPURL"],
  ["connIDs", "ConnIDs"],
  ["userIds", "UserIDs"],
  ["chat", "Chat"],
  ["room2", "Room2"],
  ["2fa", "X2fa"],
  ["名前", "X名前"],
  ["élan", "Élan"],
  ["a.b/c d", "ABCD"],
  ["", "X"],
])("the field %j is %s in Go", (name, expected) => {
  expect(exported(name)).toBe(expected);
});

test.each([
  ["UserID", "userID"],
  ["HTMLText", "htmlText"],
  ["ID", "id"],
  ["ChatCommand", "chatCommand"],
])("%s is %s within a package", (name, expected) => {
  expect(unexported(name)).toBe(expected);
});

test("a receiver is one letter of the alphabet", () => {
  expect(["ChatCommand", "X名前", "Élan"].map(receiverOf)).toEqual(["c", "x", "x"]);
});

test("a name that is taken gets a number", () => {
  const names = new Names(["Handler"]);
  expect(["Handler", "User", "User", "User"].map((name) => names.take(name))).toEqual(["Handler2", "User", "User2", "User3"]);
});
