import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";

// What GitHub runs: it cannot be run here, but what it may do, and that what it calls is there, can be read.

interface Job {
  permissions?: Record<string, string>;
  uses?: string;
  strategy?: { matrix: { node: number[]; script: string[]; include: { node: number; script: string }[] } };
  "timeout-minutes"?: number;
  steps?: { uses?: string; run?: string; with?: Record<string, unknown> }[];
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
const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));

describe.each(files)("%s", (file) => {
  const workflow = workflows[file]!;

  test("pins every foreign action by its hash, and states its version", () => {
    const used = [...texts[file]!.matchAll(/^.*\buses: *(.*)$/gm)].map(([, name]) => name!);
    expect(used.length).toBeGreaterThan(0);
    for (const name of used) expect(name).toMatch(/^(\.\/\.github\/workflows\/test\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  });

  test("may only read the code; the job that publishes may only prove its identity", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const [name, { permissions }] of Object.entries(workflow.jobs)) {
      expect(permissions, name).toEqual(name === "publish" ? { "id-token": "write" } : undefined);
    }
  });

  test("leaves no token behind, uses no secret, and runs no text from outside", () => {
    for (const { uses, with: options } of stepsOf(workflow)) {
      if (uses?.startsWith("actions/checkout")) expect(options).toMatchObject({ "persist-credentials": false });
    }
    expect(texts[file]).not.toMatch(/secrets\.|pull_request_target|TOKEN/);
    for (const { run = "" } of stepsOf(workflow)) expect(run).not.toContain("${{");
  });

  test("ends within a quarter of an hour", () => {
    for (const job of Object.values(workflow.jobs)) if (job.steps) expect(job["timeout-minutes"]).toBe(15);
  });
});

test("the tests run for each change on Node 20 to 26, as on a fresh machine, and once in other runtimes and projects", () => {
  expect(testing.on.push?.branches).toEqual(["main"]);
  expect(testing.on).toHaveProperty("pull_request");
  const { node, script, include } = testing.jobs.test!.strategy!.matrix;
  expect([node, script]).toEqual([[20, 22, 24, 26], ["test"]]);
  expect(include.map(({ script }) => script)).toEqual([
    "lint",
    "lint:prose",
    "contract",
    "test:tools",
    "test:docs",
    "test:runtimes",
    "test:package",
    "test:conformance",
    "bench -- --quick",
  ]);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(include.map(({ script }) => script.split(" ")[0])));
  expect(testing.jobs.test?.steps?.at(-1)).toEqual({ run: '.ci/run "$SCRIPT"', env: { SCRIPT: "${{ matrix.script }}" } });
});

describe("a release", () => {
  test("follows a tag, after the tests", () => {
    expect(release.on).toEqual({ push: { tags: ["v*"] } });
    expect(release.jobs.test).toEqual({ uses: "./.github/workflows/test.yml" });
    expect(release.jobs.pack).toMatchObject({ needs: "test" });
    expect(release.jobs.publish).toMatchObject({ needs: "pack", environment: "npm" });
    for (const job of Object.values(release.jobs)) expect(job).not.toHaveProperty("if");
  });

  test("is packed where nothing can be published, and published with provenance where nothing else runs", () => {
    const runs = (name: string) => release.jobs[name]!.steps!.flatMap(({ run }) => run ?? []);
    expect(runs("pack")).toEqual([
      'node test/tools/release.mjs "$GITHUB_REF_NAME"',
      "npm ci",
      'npm pkg set "repository.type=git" "repository.url=git+$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git"',
      "npm pack",
    ]);
    expect(runs("publish")).toEqual(["npm publish --ignore-scripts --provenance ./wireline-*.tgz"]);
    expect(release.jobs.publish!.steps!.flatMap(({ uses }) => uses?.split("@")[0] ?? [])).toEqual([
      "actions/setup-node",
      "actions/download-artifact",
    ]);
  });

  /** The output and the exit code of the release check for a tag in a new project. */
  function hold(tag: string, version: string, changelog: string) {
    const cwd = mkdtempSync(join(tmpdir(), "wireline-release-"));
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    writeFileSync(join(cwd, "package.json"), JSON.stringify({ version }));
    writeFileSync(join(cwd, "CHANGELOG.md"), changelog);
    const { status, stderr } = spawnSync(process.execPath, [resolve("test/tools/release.mjs"), tag], { cwd, encoding: "utf8" });
    return [status, stderr];
  }
  const changelog = "# Changelog\n\n## 1.2.3\n\n- Something.\n";

  test("has the version of package.json and of the changelog", () => {
    expect(hold("v1.2.3", "1.2.3", changelog)).toEqual([0, ""]);
  });

  test.each([
    ["another tag", "v1.2.4", "1.2.3", "The tag is v1.2.4, and the version in package.json 1.2.3: tag what is to be released as v1.2.3.\n"],
    [
      "a tag without a v",
      "1.2.3",
      "1.2.3",
      "The tag is 1.2.3, and the version in package.json 1.2.3: tag what is to be released as v1.2.3.\n",
    ],
    ["no tag", "", "1.2.3", "The tag is missing, and the version in package.json 1.2.3: tag what is to be released as v1.2.3.\n"],
    ["a version without news", "v1.2.4", "1.2.4", 'The changelog does not tell of 1.2.4: write what has changed under "## 1.2.4".\n'],
    [
      "a trial",
      "v1.2.3-beta",
      "1.2.3-beta",
      expect.stringContaining("1.2.3-beta would become what everybody gets: release a version of three numbers.\n"),
    ],
  ])("is refused for %s", (_, tag, version, sentence) => {
    expect(hold(tag, version, changelog)).toEqual([1, sentence]);
  });
});
