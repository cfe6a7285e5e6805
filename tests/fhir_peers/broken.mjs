// What is broken on purpose in a questionnaire. A judge that overlooks it proves nothing by its silence.
import { JUDGES } from "./judges.mjs";

const EXTENSION = "http://hl7.org/fhir/StructureDefinition";
const question = (one) => one.item[0].item[0];
const add = (element, name, value) =>
  (element.extension = [...(element.extension ?? []), { url: `${EXTENSION}/${name}`, ...value }]);

export const BROKEN = [
  ["medplum", "no status", (one) => delete one.status],
  ["medplum", "a title that is a number", (one) => (one.title = 5)],
  ["medplum", "an element that R4 does not know", (one) => (question(one).colour = "red")],
  ["medplum", "a group without questions (que-1)", (one) => (one.item = [{ linkId: "empty", type: "group" }])],
  ["fhir", "no status", (one) => delete one.status],
  ["fhir", "a status that is not in the list", (one) => (one.status = "finished")],
  ["fhir", "a kind of question that is not in the list", (one) => (question(one).type = "riddle")],
  ["fhir", "an element that R4 does not know", (one) => (question(one).colour = "red")],
  ["fhir", "a truth in words", (one) => (one.experimental = "yes")],
  ["extensions", "a bound in words", (one) => add(question(one), "minValue", { valueString: "low" })],
  ["extensions", "a bound on a questionnaire", (one) => add(one, "minValue", { valueInteger: 1 })],
  ["extensions", "an unknown extension", (one) => add(one, "colour", { valueString: "red" })],
  ["extensions", "a translation without its language", (one) => one._title.extension[0].extension.shift()],
  ["required", "a status that is not in the list", (one) => (one.status = "finished")],
  ["required", "a kind of question that is not in the list", (one) => (question(one).type = "riddle")],
  ["invariants", "two questions with one link id (que-2)", (one) => (one.item[0].linkId = question(one).linkId)],
  ["invariants", "a name with a space (que-0)", (one) => (one.name = "two words")],
];

// What was broken and not noticed by the judge that should.
export function overlooked(questionnaire) {
  return BROKEN.filter(([name, , spoil]) => {
    const copy = structuredClone(questionnaire);
    spoil(copy);
    return ![...JUDGES[name].judge(copy)].some(({ accepted }) => !accepted);
  });
}
