/** One entry of the package beside `wireline` itself. Its source is the folder of its name under `src/`. */
export interface Entry {
  /** What follows `wireline/` in an import. */
  readonly name: string;
  /** Its file under `src/`. */
  readonly source: string;
  /** What it may cost, in bytes, minified and gzipped, without `wireline` and its framework; none for what no bundle contains. */
  readonly budget?: number;
  /** What a module of it exports. */
  readonly exports: readonly string[];
  /** What it loads when that is needed: files of their own, which nobody imports by name. */
  readonly parts?: readonly Omit<Entry, "parts">[];
}

/** What the entry of each framework exports. */
const hooks = [
  "createHooks",
  "useChannel",
  "useConfirmed",
  "useConnection",
  "useLatest",
  "useLiveQuery",
  "useMessage",
  "usePresence",
  "useReconnected",
  "useReducedMessages",
  "useRequest",
  "useStatus",
];

const testing = [
  ...["MockClient", "MockEnvironment", "MockServer", "MockWebSocket", "mockServer", "watch", "matchers"],
  ...["formatRecording", "parseRecording", "toMsw", "toPlaywright", "toWs"],
];

/** The entries of the package, each with a row in the `exports` of package.json. */
export const entries: readonly Entry[] = [
  { name: "testing", source: "testing/index.ts", exports: testing },
  // The same, with types for the `expect` of each.
  { name: "testing/vitest", source: "testing/vitest.ts", exports: testing },
  { name: "testing/jest", source: "testing/jest.ts", exports: testing },
  { name: "resume", source: "resume/index.ts", budget: 2_350, exports: ["liveQuery", "onGap", "resume"] },
  {
    name: "stores",
    source: "stores/index.ts",
    budget: 1500,
    exports: [
      "callStore",
      "channelStore",
      "latestStore",
      "membersStore",
      "queryStore",
      "reducedStore",
      "selectedStore",
      "sourceOf",
      "statusStore",
    ],
  },
  { name: "contract", source: "contract/index.ts", exports: ["toAsyncAPI", "toJSONSchema"] },
  ...["react", "vue", "svelte", "solid"].map((name) => ({ name, source: `${name}/index.ts`, budget: 1500, exports: hooks })),
  {
    name: "devtools",
    source: "devtools/index.ts",
    budget: 10_000,
    exports: [
      ...["Faults", "Inspection", "faults", "formatEvents", "inspect", "inspected", "log", "mount", "openRecording", "outcomeOf"],
      ...["receive", "rowsOf", "share", "tanStackPlugin", "toHar"],
    ],
    parts: [{ name: "devtools/panel", source: "devtools/panel/panel.ts", budget: 10_000, exports: ["Panel"] }],
  },
];

/** The files that entries load when they are needed. */
export const parts = entries.flatMap(({ parts = [] }) => parts);

/** The name of an entry's files in dist, which all lie side by side. */
export const fileOf = (name: string): string => name.replaceAll("/", "-");

/** The row of an entry in `exports`. */
export function exportsOf(name: string): object {
  const file = `./dist/${fileOf(name)}`;
  return {
    import: { types: `${file}.d.mts`, default: `${file}.mjs` },
    require: { types: `${file}.d.ts`, default: `${file}.js` },
  };
}
