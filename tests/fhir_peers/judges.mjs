// Who judges a bundle. Each tells what it found: where, what, and why that is accepted if it is.
import { validateResource } from "@medplum/core";
import fhir from "fhir";
import { STRENGTHS, extensions, invariants, required } from "./definitions.mjs";

// Medplum: names, types, cardinalities and invariants. Any remark of it is a problem.
function* medplum(resource) {
  for (const { expression, details } of issues(resource)) yield { where: expression?.join(", "), what: details?.text };
}

function issues(resource) {
  try {
    return validateResource(resource);
  } catch (error) {
    if (!error.outcome) throw error;
    return error.outcome.issue;
  }
}

const OTHER = new fhir.Fhir();
const KNOWN = OTHER.parser.parsedStructureDefinitions;

// The package knows no element within its own kind, such as a question in a section; it is told that they are alike.
function teach(properties) {
  for (const { _type, _properties } of properties) {
    if (_type?.startsWith("#")) KNOWN[_type] ??= { _properties: propertiesOf(_type.slice(1)) };
    else if (_properties) teach(_properties);
  }
}

function propertiesOf(path) {
  const [name, ...keys] = path.split(".");
  const below = (properties, key) => properties.find(({ _name }) => _name === key)._properties;
  return keys.reduce(below, KNOWN[name]._properties);
}

Object.values({ ...KNOWN }).forEach(({ _properties }) => teach(_properties ?? []));

// Where R4 defines an element: a question within a question as any question, a value of one type as any value.
function definedAt(location) {
  const path = location.replace(/\[\d+\]/g, "");
  return path.replace(/(\.\w+)\1+/g, "$1").replace(/\.value[A-Z]\w*$/, ".value[x]");
}

// The package fhir: names, types, cardinalities and codes.
function* other(resource) {
  for (const { location, message, severity } of OTHER.validate(resource, { errorOnUnexpected: true }).messages) {
    const path = definedAt(location);
    const example = ["info", "warning"].includes(severity) && STRENGTHS.get(path) === "example";
    yield { where: location, what: message, accepted: example && `a code in ${path}, where R4's list is an example` };
  }
}

export const JUDGES = {
  medplum: { title: "Medplum: structure and invariants", judge: medplum },
  fhir: { title: "fhir: structure and codes", judge: other },
  extensions: { title: "R4's definitions of extensions", judge: extensions },
  required: { title: "R4's required lists of codes", judge: required },
  invariants: { title: "R4's invariants, by HL7's engine", judge: invariants },
};
