// Runs one story with fhir-kit-client, unchanged, and prints what it saw as JSON.
// node fhir_kit_client.js BASE TOKEN, with {registration, observation, identifier} on standard input.
import { readFileSync } from "node:fs";
import { Client } from "fhir-kit-client";

const [baseUrl, bearerToken] = process.argv.slice(2);
const { registration, observation, identifier } = JSON.parse(readFileSync(0, "utf8"));
const client = new Client({ baseUrl, bearerToken });
const seen = {};

const capability = await client.capabilityStatement();
seen.fhirVersion = capability.fhirVersion;

const registered = await client.transaction({ body: registration });
seen.statuses = registered.entry.map((entry) => entry.response.status.slice(0, 3));

const people = await client.search({ resourceType: "Patient", searchParams: { identifier } });
const patient = people.entry[0].resource;
seen.family = patient.name[0].family;

for (let number = 0; number < 3; number++) {
  const subject = { reference: `Patient/${patient.id}` };
  await client.create({ resourceType: "Observation", body: { ...observation, subject } });
}
let page = await client.search({ resourceType: "Observation", searchParams: { patient: patient.id, _count: 2 } });
seen.pages = [];
while (page) {
  seen.pages.push((page.entry ?? []).length);
  page = await client.nextPage({ bundle: page });
}

const compartment = { resourceType: "Patient", id: patient.id };
const plans = await client.search({ resourceType: "CarePlan", compartment });
seen.plans = plans.entry.map((entry) => entry.resource.resourceType);

const included = await client.search({
  resourceType: "CarePlan",
  searchParams: { patient: patient.id, _include: "CarePlan:patient" },
});
seen.included = included.entry.map((entry) => `${entry.resource.resourceType} ${entry.search.mode}`);

const options = { headers: { "If-Match": `W/"${patient.meta.versionId}"` } };
const changed = await client.update({
  resourceType: "Patient",
  id: patient.id,
  body: { ...patient, gender: "female" },
  options,
});
seen.changed = [changed.gender, changed.meta.versionId];
try {
  await client.update({ resourceType: "Patient", id: patient.id, body: { ...patient, gender: "male" }, options });
} catch (refused) {
  seen.late = [refused.response.status, refused.response.data.resourceType];
}

const jsonPatch = [{ op: "replace", path: "/gender", value: "other" }];
const patched = await client.patch({ resourceType: "Patient", id: patient.id, jsonPatch });
seen.patched = [patched.gender, patched.meta.versionId];

const history = await client.history({ resourceType: "Patient", id: patient.id });
seen.history = history.entry.map((entry) => entry.resource.meta.versionId);

const first = await client.vread({ resourceType: "Patient", id: patient.id, version: "1" });
seen.first = first.gender ?? "none";

const asked = { resourceType: "Parameters", parameter: [{ name: "identifier", valueString: identifier }] };
const summary = await client.operation({ name: "summary", resourceType: "Patient", input: asked });
seen.summary = [summary.type, summary.entry[0].resource.resourceType];

console.log(JSON.stringify(seen));
