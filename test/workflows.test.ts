import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

// What GitHub runs: it cannot be run here, but what it may do, and that what it calls is there, can be read.

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Job {
  permissions?: Record<string, string>;
  needs?: string;
  uses?: string;
  strategy?: { matrix: { node?: number[]; include?: Record<string, string>[] } };
  "timeout-minutes"?: number;
  steps?: Step[];
}
interface Workflow {
  on: { push?: { tags?: string[]; branches?: string[] }; pull_request?: null };
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const folder = ".github/workflows";
const files = readdirSync(folder);
const texts = Object.fromEntries(files.map((file) => [file, readFileSync(`${folder}/${file}`, "utf8")]));
const workflows = Object.fromEntries(Object.entries(texts).map(([file, text]) => [file, parse(text) as Workflow]));
const { "test.yml": testing, "release.yml": release } = workflows as Record<"test.yml" | "release.yml", Workflow>;
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps = [] }) => steps);
const { version, scripts } = JSON.parse(readFileSync("package.json", "utf8"));

describe.each(files)("%s", (file) => {
  const workflow = workflows[file]!;

  test("pins every action of others by its hash, and says which version that is", () => {
    const used = [...texts[file]!.matchAll(/^.*\buses: *(.*)$/gm)].map(([, name]) => name!);
    expect(used.length).toBeGreaterThan(0);
    for (const name of used) expect(name).toMatch(/^(\.\/\.github\/workflows\/test\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  });

  test("may read the code, and no more; only what publishes may also say who it is", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const [name, { permissions }] of Object.entries(workflow.jobs)) {
      expect(permissions, name).toEqual(name === "publish" ? { contents: "read", "id-token": "write" } : undefined);
    }
  });

  test("leaves no token behind, knows no secret, and runs no text of others'", () => {
    for (const { uses, with: options } of stepsOf(workflow)) {
      if (uses?.startsWith("actions/checkout")) expect(options).toMatchObject({ "persist-credentials": false });
    }
    expect(texts[file]).not.toMatch(/secrets\.|pull_request_target/);
    for (const { run = "" } of stepsOf(workflow)) expect(run).not.toContain("${{");
  });

  test("ends by itself", () => {
    for (const job of Object.values(workflow.jobs)) if (job.steps) expect(job["timeout-minutes"]).toBeLessThanOrEqual(30);
  });

  test("runs only what there is", () => {
    const called = stepsOf(workflow).flatMap(({ run = "" }) => [...run.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name));
    const chosen = Object.values(workflow.jobs).flatMap(({ strategy }) => strategy?.matrix.include?.map(({ script }) => script) ?? []);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...called, ...chosen]));
  });
});

describe("the tests", () => {
  test("are run for each change, on Node 20 to 26, as on a fresh machine", () => {
    expect(testing.on.push?.branches).toEqual(["main"]);
    expect(testing.on).toHaveProperty("pull_request");
    expect(testing.jobs.test?.strategy?.matrix.node).toEqual([20, 22, 24, 26]);
    expect(testing.jobs.test?.steps?.at(-1)).toEqual({ run: ".ci/run" });
  });

  test("are also run in other runtimes and projects, and the reference is made", () => {
    expect(testing.jobs.others?.strategy?.matrix.include?.map(({ script }) => script)).toEqual(["test:runtimes", "test:package", "docs"]);
  });
});

describe("a release", () => {
  test("is published on a tag, after the tests, with provenance and without a token", () => {
    expect(release.on).toEqual({ push: { tags: ["v*"] } });
    expect(release.jobs.test?.uses).toBe("./.github/workflows/test.yml");
    expect(release.jobs.publish?.needs).toBe("test");
    expect(release.jobs.publish?.steps?.at(-1)?.run).toBe("npm publish --provenance --access public");
    expect(texts["release.yml"]).not.toMatch(/TOKEN/);
  });

  /** What is said of a tag, and how that ends. */
  function hold(tag: string) {
    const { status, stderr } = spawnSync(process.execPath, ["test/tools/release.mjs", tag], { encoding: "utf8" });
    return { status, stderr };
  }

  test("is of the version that package.json and the changelog tell", () => {
    expect(hold(`v${version}`)).toEqual({ status: 0, stderr: "" });
    expect(release.jobs.publish?.steps?.map(({ run }) => run)).toContain('node test/tools/release.mjs "$GITHUB_REF_NAME"');
  });

  test.each(["v999.0.0", version, ""])("is refused for the tag %j", (tag) => {
    const { status, stderr } = hold(tag);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The tag is .*: tag what is to be released as v/);
  });
});
