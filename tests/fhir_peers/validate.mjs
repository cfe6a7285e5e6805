// Holds the bundles of a folder, and each resource in them once, against every judge.
//
//     node validate.mjs FOLDER
//
// It ends with 1 for a problem, and for a judge that overlooks what was broken on purpose.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BROKEN, overlooked } from "./broken.mjs";
import { JUDGES } from "./judges.mjs";

const SHOWN = 20;
const folder = process.argv[2];
const counted = (counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1);

const bundles = readdirSync(folder).sort();
const resources = new Map();
const problems = [];
const found = (judge, where, what) => problems.push(`${judge}: ${where}: ${what}`);
for (const file of bundles) {
  const bundle = JSON.parse(readFileSync(join(folder, file), "utf-8"));
  for (const { where, what } of JUDGES.medplum.judge(bundle)) found("medplum", `${file} ${where}`, what);
  for (const { resource } of bundle.entry) resources.set(JSON.stringify(resource), resource);
}

const kinds = new Map();
for (const { resourceType } of resources.values()) counted(kinds, resourceType);
const written = [...kinds].sort().map(([kind, count]) => `${count} ${kind}`);
console.log(`${bundles.length} bundles with ${resources.size} different resources: ${written.join(", ")}`);

for (const [name, { title, judge }] of Object.entries(JUDGES)) {
  const accepted = new Map();
  const before = problems.length;
  for (const resource of resources.values()) {
    for (const one of judge(resource)) {
      if (one.accepted) counted(accepted, one.accepted);
      else found(name, `${resource.resourceType}/${resource.id} ${one.where}`, one.what);
    }
  }
  console.log(`${title}: ${problems.length - before} problems`);
  accepted.forEach((count, reason) => console.log(`  accepted ${count} times: ${reason}`));
}

const asleep = overlooked([...resources.values()].find(({ resourceType }) => resourceType === "Questionnaire"));
console.log(`${BROKEN.length - asleep.length} of ${BROKEN.length} mistakes made on purpose were noticed`);
asleep.forEach(([name, what]) => found(name, "overlooked", what));
console.log(`${problems.length} problems in all`);
problems.slice(0, SHOWN).forEach((problem) => console.log(`  ${problem}`));
process.exitCode = problems.length ? 1 : 0;
