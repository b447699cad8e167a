import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";
import ts from "typescript";

// esbuild drops what nobody uses of a module, but not of a class: it cannot know who will call a method. Of
// reconnecting-websocket we know, for only transport.ts does. The tests run what is left (vitest.config.ts).

/** The members that transport.ts uses. */
const used = ["constructor", "close"];

/** Statements that are never run there, or whose work is never seen. */
export const idle = [
  // What it prints with `debug`, which is never on.
  /^this\._debug\(/,
  // A Link tells of its end alone, and of that for ever.
  /^this\._ws\.addEventListener\('(open|message|error)'/,
  /^this\._removeListeners\(/,
  // An attempt has no limit but ours, and none is the last.
  /^this\._connectTimeout = setTimeout/,
  /^this\._clearTimeouts\(/,
  /^if \(this\._retryCount >= /,
  // It begins at once, with our class, and is promised its addresses.
  /^if \(this\._options\.startClosed\)/,
  /^if \(!isWebSocket\(/,
  /^if \(typeof url(Provider)? === 'string'\)/,
  // Nobody listens to it, or reads through it.
  /^this\._listeners\./,
  /^if \(this\.on/,
  /^this\._ws!\.binaryType/,
];

/** Drops what is idle or cannot be reached of reconnecting-websocket's class. */
export const shake: Plugin = {
  name: "shake",
  setup(build) {
    build.onLoad({ filter: /reconnecting-websocket\.ts$/ }, async ({ path }) => ({
      contents: shaken(await readFile(path, "utf8")),
      loader: "ts",
    }));
  },
};

/** The source of a module without what its class has in vain. */
export function shaken(text: string): string {
  const source = ts.createSourceFile("module.ts", text, ts.ScriptTarget.Latest, true);
  const declaration = source.statements.find(ts.isClassDeclaration)!;
  const gone: ts.Node[] = [];
  /** The members that a piece of code names, but for those it names in what is idle. */
  const named = (node: ts.Node): string[] => {
    if ((ts.isExpressionStatement(node) || ts.isIfStatement(node)) && idle.some((pattern) => pattern.test(node.getText()))) {
      gone.push(node);
      return [];
    }
    const own = ts.isPropertyAccessExpression(node) && /^(this|ReconnectingWebSocket)$/.test(node.expression.getText()) ? [node.name.text] : [];
    return [...own, ...node.getChildren().flatMap(named)];
  };
  const nameOf = (member: ts.ClassElement) => member.name?.getText() ?? "constructor";
  const reached = new Set<string>();
  const reach = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const member of declaration.members) if (nameOf(member) === name) named(member).forEach(reach);
  };
  used.forEach(reach);
  gone.push(...declaration.members.filter((member) => !reached.has(nameOf(member))));
  // From the end, so that no place moves before it is cut.
  return gone
    .sort((one, other) => other.getStart() - one.getStart())
    .reduce((text, node) => text.slice(0, node.getStart()) + text.slice(node.getEnd()), text);
}
