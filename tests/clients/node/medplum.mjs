// The client of https://www.npmjs.com/package/@medplum/core

import { deepEqual, equal } from 'node:assert/strict';
import { MedplumClient } from '@medplum/core';
import { address, failure, goal, ids, patient, statuses, step, told, token, transaction } from './story.mjs';

const client = new MedplumClient({ baseUrl: address, fhirUrlPath: 'fhir', fetch, accessToken: token, cacheTime: 0 });

function created(born) {
  return client.createResource(patient(born));
}

await step('create, read, version, update, delete', async () => {
  const made = await created('1950-03-14');
  deepEqual([made.birthDate, made.meta.versionId], ['1950-03-14', '1']);
  deepEqual(await client.readResource('Patient', made.id), made);
  const changed = await client.updateResource({ ...made, birthDate: '1951-03-14' });
  deepEqual([changed.birthDate, changed.meta.versionId], ['1951-03-14', '2']);
  deepEqual(await client.readVersion('Patient', made.id, '1'), made);
  const history = await client.readHistory('Patient', made.id);
  deepEqual(history.entry.map((entry) => entry.resource.birthDate), ['1951-03-14', '1950-03-14']);
  await client.deleteResource('Patient', made.id);
  const { outcome } = await failure(() => client.readResource('Patient', made.id));
  equal(outcome.issue[0].code, 'deleted');
});

await step('an update that changes nothing', async () => {
  const made = await created('1950-03-14');
  equal((await client.updateResource(made)).meta.versionId, '1');
});

await step('create if none exists, and upsert', async () => {
  const query = 'identifier=http://medplum.example|1';
  const identifier = [{ system: 'http://medplum.example', value: '1' }];
  const office = { resourceType: 'Organization', identifier, name: 'Her' };
  const made = await client.createResourceIfNoneExist(office, query);
  deepEqual(await client.createResourceIfNoneExist({ ...office, name: 'Der' }, query), made);
  const changed = await client.upsertResource({ ...office, name: 'Der' }, query);
  deepEqual([changed.id, changed.name, changed.meta.versionId], [made.id, 'Der', '2']);
});

await step('patch', async () => {
  const made = await created('1950-03-14');
  const replace = { op: 'replace', path: '/birthDate', value: '1951-03-14' };
  const changed = await client.patchResource('Patient', made.id, [replace]);
  deepEqual([changed.birthDate, changed.meta.versionId], ['1951-03-14', '2']);
  const remove = { op: 'remove', path: '/nothing' };
  const { outcome } = await failure(() => client.patchResource('Patient', made.id, [remove]));
  equal(outcome.issue[0].code, 'not-found');
});

await step('search', async () => {
  const kari = await created('1931-01-01');
  const made = await client.createResource(goal(`Patient/${kari.id}`));
  const found = await client.searchResources('Patient', { birthdate: '1931-01-01' });
  deepEqual(found.map((one) => one.id), [kari.id]);
  equal(found.bundle.type, 'searchset');
  equal((await client.searchOne('Goal', `patient=Patient/${kari.id}`)).id, made.id);
  equal(await client.searchOne('Goal', 'patient=Patient/nobody'), undefined);
  const bundle = await client.search('Goal', `patient.birthdate=1931-01-01&_include=Goal:patient`);
  deepEqual(ids(bundle), [`Goal/${made.id}`, `Patient/${kari.id}`]);
});

await step('pages', async () => {
  for (const day of [1, 2, 3, 4, 5]) await created(`1932-01-0${day}`);
  const pages = [];
  const query = { birthdate: '1932', _sort: '-birthdate', _count: 2 };
  for await (const page of client.searchResourcePages('Patient', query)) {
    pages.push(page.map((one) => one.birthDate));
  }
  deepEqual(pages, [['1932-01-05', '1932-01-04'], ['1932-01-03', '1932-01-02'], ['1932-01-01']]);
});

await step('batch and transaction', async () => {
  const answer = await client.executeBatch(transaction());
  deepEqual([answer.type, statuses(answer)], ['transaction-response', ['201', '201']]);
  const stored = await client.readResource('Goal', answer.entry[0].resource.id);
  equal(stored.subject.reference, `Patient/${answer.entry[1].resource.id}`);
  const read = (url) => ({ request: { method: 'GET', url } });
  const entry = [read(stored.subject.reference), read('Patient/nobody')];
  const batch = await client.executeBatch({ resourceType: 'Bundle', type: 'batch', entry });
  deepEqual([batch.type, statuses(batch)], ['batch-response', ['200', '404']]);
});

await step('everything about a person', async () => {
  const kari = await created('1950-03-14');
  const made = await client.createResource(goal(`Patient/${kari.id}`));
  const everything = await client.readPatientEverything(kari.id);
  deepEqual(ids(everything).sort(), [`Goal/${made.id}`, `Patient/${kari.id}`]);
});

await step('validate on the server', async () => {
  const severities = async (resource) => (await client.validateResource(resource)).issue.map((issue) => issue.severity);
  deepEqual(await severities(patient('1950-03-14')), ['information']);
  deepEqual(await severities(patient('soon')), ['error']);
});

await step('many requests sent as one batch', async () => {
  const people = [await created('1950-03-14'), await created('1951-03-14')];
  const batching = new MedplumClient({
    baseUrl: address,
    fhirUrlPath: 'fhir',
    fetch,
    accessToken: token,
    autoBatchTime: 20,
    cacheTime: 1000,
  });
  const read = await Promise.all(people.map((one) => batching.readResource('Patient', one.id)));
  deepEqual(read, people);
});

told();
