import { readFileSync } from "node:fs";
import ReconnectingWebSocket from "reconnecting-websocket";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { idle, shaken } from "./tools/shake";

// What is left out of reconnecting-websocket: it is found by reading its source, so that a new version of it is read anew.

const parse = (text: string) => ts.createSourceFile("module.ts", text, ts.ScriptTarget.Latest, true);

/** Everything under a node, itself included. */
function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodes(child);
}

const classOf = (text: string) => parse(text).statements.find(ts.isClassDeclaration)!;
const nameOf = (member: ts.ClassElement) => member.name?.getText() ?? "constructor";
const membersOf = (text: string) => classOf(text).members.map(nameOf);
const statementsOf = (text: string) => [...nodes(classOf(text))].filter((node) => ts.isExpressionStatement(node) || ts.isIfStatement(node)).map((node) => node.getText());

describe("what is left of reconnecting-websocket", () => {
  const whole = readFileSync("node_modules/reconnecting-websocket/reconnecting-websocket.ts", "utf8");
  const left = shaken(whole);

  test("is TypeScript still", () => {
    const { diagnostics } = ts.transpileModule(left, { reportDiagnostics: true, compilerOptions: { target: ts.ScriptTarget.ES2022 } });
    expect(diagnostics).toEqual([]);
  });

  test("has what transport.ts calls, and what makes a socket", () => {
    expect(membersOf(left)).toEqual(expect.arrayContaining(["constructor", "close", "_connect", "_ws", "_handleClose", "_addListeners"]));
  });

  test("has every member that it names, and names every member that it has", () => {
    const names = [...nodes(classOf(left))]
      .filter(ts.isPropertyAccessExpression)
      .filter(({ expression }) => ["this", "ReconnectingWebSocket"].includes(expression.getText()))
      .map(({ name }) => name.text);
    expect(new Set(membersOf(left))).toEqual(new Set([...names, "constructor", "close"]));
  });

  test("names its members as `this.name` alone, for what is named otherwise is not seen", () => {
    const alone = [...nodes(classOf(left))].filter(({ kind }) => kind === ts.SyntaxKind.ThisKeyword).map(({ parent }) => parent);
    expect(alone.length).toBeGreaterThan(10);
    expect(alone.filter((parent) => !ts.isPropertyAccessExpression(parent)).map((parent) => parent.getText())).toEqual([]);
  });

  test.each(["send", "reconnect", "_debug", "addEventListener", "dispatchEvent", "onmessage", "bufferedAmount", "_handleMessage", "_handleTimeout", "_messageQueue"])(
    "has no %s, which the whole has",
    (name) => {
      expect(membersOf(whole)).toContain(name);
      expect(membersOf(left)).not.toContain(name);
    },
  );

  test("hears of the end of a socket alone", () => {
    expect(left.match(/(add|remove)EventListener\('\w+'/g)).toEqual(["addEventListener('close'"]);
  });

  test("is as it was outside of the class", () => {
    const outside = (text: string) => parse(text).statements.filter((it) => !ts.isClassDeclaration(it)).map((it) => it.getText());
    expect(outside(left)).toEqual(outside(whole));
    expect(outside(left).length).toBeGreaterThan(5);
  });

  test.each(idle)("lacks what %s matches, which is there", (pattern) => {
    // In what is reached: elsewhere it would go without.
    const reached = classOf(whole).members.filter((member) => membersOf(left).includes(nameOf(member))).map((member) => `class Reached { ${member.getText()} }`);
    expect(reached.flatMap(statementsOf).filter((text) => pattern.test(text))).not.toEqual([]);
    expect(statementsOf(left).filter((text) => pattern.test(text))).toEqual([]);
  });

  test("is the same when it is shaken again", () => {
    expect(membersOf(shaken(left))).toEqual(membersOf(left));
    expect(statementsOf(shaken(left))).toEqual(statementsOf(left));
  });

  test("is what the tests run", () => {
    const names = Object.getOwnPropertyNames(ReconnectingWebSocket.prototype);
    expect(names).toContain("_connect");
    expect(names).not.toContain("send");
  });
});

describe("shaken", () => {
  const of = (members: string) => membersOf(shaken(`class ReconnectingWebSocket { ${members} }`));

  test("keeps the constructor, close, and what they need, by whatever way", () => {
    expect(of("constructor() { this.a(); } close() { if (x) { list.map(() => this.b); } } a() {} b = 1;")).toEqual(["constructor", "close", "a", "b"]);
    expect(of("close() { this.a(); } a() { this.b = 1; } b?: number; c() {}")).toEqual(["close", "a", "b"]);
    expect(of("constructor(x = this.a) {} a = 1; b = 2;")).toEqual(["constructor", "a"]);
  });

  test("keeps methods, accessors, fields and functions in fields, if they are needed", () => {
    const kinds = (use: string) => of(`close() { ${use} } method() {} get getter() { return 1; } field = 1; arrow = () => {}; static fixed = 1;`);
    expect(kinds("")).toEqual(["close"]);
    expect(kinds("this.method(); this.getter; this.field; this.arrow(); ReconnectingWebSocket.fixed;")).toEqual(
      ["close", "method", "getter", "field", "arrow", "fixed"],
    );
  });

  test("keeps both of two with one name, as a getter and its setter, or a static one", () => {
    expect(of("close() { this.a; } get a() { return this.b; } set a(_) { this.c; } static a = 1; b = 1; c = 1;")).toEqual(["close", "a", "a", "a", "b", "c"]);
  });

  test("drops members that only need each other, or themselves", () => {
    expect(of("close() {} a() { this.b(); } b() { this.a(); } c() { this.c(); }")).toEqual(["close"]);
  });

  test("does not take a member of something else for one of its own", () => {
    expect(of("close() { this.ws.send(); other.a; } ws = 1; send() {} a = 1;")).toEqual(["close", "ws"]);
  });

  test("drops what is idle, and what is needed for that alone", () => {
    const text = "class ReconnectingWebSocket { close() { this._debug('closing', this.a); if (this.onclose) { this.onclose(this.b); } this.c; } _debug() {} a = 1; b = 1; onclose = 1; c = 1; }";
    expect(membersOf(shaken(text))).toEqual(["close", "c"]);
    expect(statementsOf(shaken(text))).toEqual(["this.c;"]);
  });

  test("takes only whole statements for idle", () => {
    expect(of("close() { return this._debug(); } _debug() {}")).toEqual(["close", "_debug"]);
  });

  test("leaves all else of the module to the letter", () => {
    const [before, after] = ["// one\nimport { x } from 'y';\n", "\nexport const send = () => this;\nclass Other { send() {} }\n"];
    expect(shaken(`${before}class ReconnectingWebSocket { close() {}send() {} }${after}`)).toBe(`${before}class ReconnectingWebSocket { close() {} }${after}`);
  });
});
