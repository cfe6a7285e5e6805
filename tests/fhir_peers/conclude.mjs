// Evaluates the conditions of a PlanDefinition over one bundle after another, and compares the outcomes with ours.
//
//     node conclude.mjs < LINES
//
// The first line is the PlanDefinition, each other line {intake, bundle, ours}; ours has true, false or null by rule.
// It ends with 1 for a difference, and where no intake came.
import { createInterface } from "node:readline";
import fhirpath from "fhirpath";
import r4 from "fhirpath/fhir-context/r4/index.js";

const VARIABLE = "http://hl7.org/fhir/StructureDefinition/variable";
const OUTCOMES = [
  [true, "holds"],
  [false, "does not hold"],
  [null, "unknown"],
];
const SHOWN = 20;
const EVERY = 1000;

const compiled = ({ expression }) => fhirpath.compile(expression, r4);

function engine(plan) {
  const named = plan.extension.filter(({ url }) => url === VARIABLE).map(({ valueExpression }) => valueExpression);
  const variables = named.map((one) => [one.name, compiled(one)]);
  const rules = plan.action.map(({ id, condition }) => [id, compiled(condition[0].expression)]);
  return { variables, rules };
}

// The truth in a collection; anything but one boolean or nothing is a mistake of the expression.
function single(name, result) {
  if (result.length > 1 || result.some((one) => typeof one !== "boolean")) {
    throw new Error(`${name} is ${JSON.stringify(result)}`);
  }
  return result[0] ?? null;
}

function* truths({ variables, rules }, bundle) {
  const values = {};
  for (const [name, evaluate] of variables) values[name] = evaluate(bundle, values);
  for (const [name, evaluate] of rules) yield [name, single(name, evaluate(bundle, values))];
}

const start = Date.now();
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const judge = engine(JSON.parse((await lines.next()).value));
const compared = new Map(OUTCOMES.map(([truth]) => [truth, new Map(judge.rules.map(([name]) => [name, 0]))]));
const differences = [];
let intakes = 0;

for await (const line of lines) {
  const { intake, bundle, ours } = JSON.parse(line);
  if (Object.keys(ours).length !== judge.rules.length) throw new Error("The export has other rules than we judged.");
  for (const [name, theirs] of truths(judge, bundle)) {
    const counts = compared.get(ours[name]);
    counts.set(name, counts.get(name) + 1);
    if (theirs !== ours[name]) differences.push(`${name}: ours ${ours[name]}, theirs ${theirs}, ${intake}`);
  }
  intakes += 1;
  if (intakes % EVERY === 0) console.error(`  ${intakes} intakes, ${differences.length} differences`);
}

const sum = (counts) => counts.reduce((total, count) => total + count, 0);
const all = sum([...compared.values()].flatMap((counts) => [...counts.values()]));
const seconds = Math.round((Date.now() - start) / 1000);
console.log(`${intakes} intakes, ${judge.rules.length} rules, ${all} comparisons in ${seconds} s`);
for (const [truth, word] of OUTCOMES) {
  const counts = [...compared.get(truth)];
  const met = counts.filter(([, count]) => count).map(([, count]) => count);
  console.log(`  ${word}: ${sum(met)} comparisons of ${met.length} rules, at least ${Math.min(...met)} each`);
  const never = counts.filter(([, count]) => !count).map(([name]) => name);
  if (never.length) console.log(`    never: ${never.join(", ")}`);
}
console.log(`  differences: ${differences.length}`);
differences.slice(0, SHOWN).forEach((one) => console.log(`    ${one}`));
process.exitCode = intakes && !differences.length ? 0 : 1;
