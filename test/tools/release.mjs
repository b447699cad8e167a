import { readFileSync } from "node:fs";

// `node test/tools/release.mjs v1.2.3` checks that package.json and the changelog match the tag of a release.

const [, , tag = ""] = process.argv;
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const wrong = [
  tag !== `v${version}` &&
    `The tag is ${tag || "missing"}, and the version in package.json ${version}: tag what is to be released as v${version}.`,
  !/^\d+\.\d+\.\d+$/.test(version) && `${version} would become what everybody gets: release a version of three numbers.`,
  !readFileSync("CHANGELOG.md", "utf8").includes(`\n## ${version}\n`) &&
    `The changelog does not tell of ${version}: write what has changed under "## ${version}".`,
].filter(Boolean);
for (const sentence of wrong) console.error(sentence);
process.exitCode = wrong.length ? 1 : 0;
