// https://www.npmjs.com/package/fhir-kit-client

import { deepEqual, equal } from 'node:assert/strict';
import { CapabilityTool, Client } from 'fhir-kit-client';
import { base, failure, goal, ids, patient, statuses, step, told, token, transaction } from './story.mjs';

const client = new Client({ baseUrl: base, bearerToken: token });

function updated(made, born, options) {
  return client.update({ resourceType: 'Patient', id: made.id, body: { ...made, birthDate: born }, options });
}

async function created(born) {
  return client.create({ resourceType: 'Patient', body: patient(born) });
}

async function withGoal(born) {
  const person = await created(born);
  const made = await client.create({ resourceType: 'Goal', body: goal(`Patient/${person.id}`) });
  return { person: `Patient/${person.id}`, id: person.id, goal: `Goal/${made.id}` };
}

await step('capabilities', async () => {
  const tool = new CapabilityTool(await client.capabilityStatement());
  deepEqual(
    ['transaction', 'batch', 'history-system', 'search-system', 'delete'].map((code) => tool.serverCan(code)),
    [true, true, true, true, false],
  );
  deepEqual(tool.interactionsFor({ resourceType: 'CarePlan' }).sort(), [
    'create',
    'delete',
    'history-instance',
    'history-type',
    'patch',
    'read',
    'search-type',
    'update',
    'vread',
  ]);
  equal(tool.resourceSearch('CareTeam', 'participant'), true);
  equal(tool.resourceSearch('CareTeam', 'shoe-size'), false);
});

await step('smart configuration', async () => {
  const configuration = await client.request('.well-known/smart-configuration');
  deepEqual(configuration.capabilities, ['permission-v2', 'permission-user']);
  equal(configuration.scopes_supported.includes('oppfolging/coordinator'), true);
  const { authorizeUrl, tokenUrl } = await client.smartAuthMetadata();
  deepEqual([authorizeUrl, tokenUrl], [undefined, undefined]); // The issuers of the municipality are others.
});

await step('create, read, version, update', async () => {
  const made = await created('1950-03-14');
  equal(Client.httpFor(made).response.headers.get('location'), `${base}/Patient/${made.id}/_history/1`);
  deepEqual(await client.read({ resourceType: 'Patient', id: made.id }), made);
  const changed = await updated(made, '1951-03-14');
  deepEqual([changed.birthDate, changed.meta.versionId], ['1951-03-14', '2']);
  deepEqual(await client.vread({ resourceType: 'Patient', id: made.id, version: '1' }), made);
});

await step('update with the version that was read', async () => {
  const made = await created('1950-03-14');
  const options = { headers: { 'If-Match': 'W/"1"' } };
  equal((await updated(made, '1951-03-14', options)).meta.versionId, '2');
  const { response } = await failure(() => updated(made, '1952-03-14', options));
  deepEqual([response.status, response.data.issue[0].code], [412, 'conflict']);
});

await step('conditional create and update', async () => {
  const identifier = [{ system: 'http://kit.example', value: '1' }];
  const body = { resourceType: 'Organization', identifier, name: 'Her' };
  const options = { headers: { 'If-None-Exist': 'identifier=http://kit.example|1' } };
  const made = await client.create({ resourceType: 'Organization', body, options });
  const again = await client.create({ resourceType: 'Organization', body, options });
  const seen = [made, again].map((answer) => Client.httpFor(answer).response.status);
  deepEqual([again.id, seen], [made.id, [201, 200]]);
  const searchParams = { identifier: 'http://kit.example|1' };
  const changed = await client.update({ resourceType: 'Organization', searchParams, body: { ...body, name: 'Der' } });
  deepEqual([changed.id, changed.name, changed.meta.versionId], [made.id, 'Der', '2']);
});

await step('patch', async () => {
  const made = await created('1950-03-14');
  const jsonPatch = [{ op: 'replace', path: '/birthDate', value: '1951-03-14' }];
  const changed = await client.patch({ resourceType: 'Patient', id: made.id, jsonPatch });
  deepEqual([changed.birthDate, changed.meta.versionId], ['1951-03-14', '2']);
});

await step('delete', async () => {
  const made = await created('1950-03-14');
  const answer = await client.delete({ resourceType: 'Patient', id: made.id });
  equal(Client.httpFor(answer).response.status, 204);
  const { response } = await failure(() => client.read({ resourceType: 'Patient', id: made.id }));
  deepEqual([response.status, response.data.issue[0].code], [410, 'deleted']);
});

await step('search by GET and by POST', async () => {
  const kari = await withGoal('1931-01-01');
  for (const options of [{}, { postSearch: true }]) {
    const search = (resourceType, searchParams) => client.search({ resourceType, searchParams, options });
    deepEqual(ids(await search('Patient', { birthdate: ['ge1931', 'lt1932'] })), [kari.person]);
    const chained = { 'patient.birthdate': '1931-01-01', _include: 'Goal:patient' };
    deepEqual(ids(await search('Goal', chained)), [kari.goal, kari.person]);
    deepEqual(ids(await search(undefined, { _type: 'Goal,Patient', _id: kari.id })), [kari.person]);
    const { response } = await failure(() => search('Patient', { birthdate: 'soon' }));
    equal(response.status, 400);
  }
});

await step('search a compartment', async () => {
  const kari = await withGoal('1950-03-14');
  const compartment = { resourceType: 'Patient', id: kari.id };
  for (const options of [{}, { postSearch: true }]) {
    const search = (resourceType) => client.search({ resourceType, compartment, options });
    deepEqual(ids(await search('Goal')), [kari.goal]);
    deepEqual(ids(await search('CarePlan')), []);
  }
});

await step('pages', async () => {
  for (const day of [1, 2, 3, 4, 5]) await created(`1932-01-0${day}`);
  const searchParams = { birthdate: '1932', _sort: 'birthdate', _count: 2 };
  for (const options of [{}, { postSearch: true }]) {
    const pages = [];
    for (let bundle = await client.search({ resourceType: 'Patient', searchParams, options }); bundle; ) {
      pages.push(bundle.entry.map((entry) => entry.resource.birthDate));
      bundle = await client.nextPage({ bundle });
    }
    deepEqual(pages, [['1932-01-01', '1932-01-02'], ['1932-01-03', '1932-01-04'], ['1932-01-05']]);
  }
});

await step('batch', async () => {
  const made = await created('1950-03-14');
  const entry = [
    { request: { method: 'GET', url: `Patient/${made.id}` } },
    { request: { method: 'GET', url: 'Patient/nobody' } },
    { resource: patient('soon'), request: { method: 'POST', url: 'Patient' } },
  ];
  const answer = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry } });
  deepEqual([answer.type, statuses(answer)], ['batch-response', ['200', '404', '400']]);
  deepEqual(answer.entry[0].resource, made);
});

await step('transaction', async () => {
  const answer = await client.transaction({ body: transaction() });
  deepEqual([answer.type, statuses(answer)], ['transaction-response', ['201', '201']]);
  const [made, person] = answer.entry.map((entry) => entry.response.location.replace('/_history/1', ''));
  const stored = await client.resolve({ reference: made });
  equal(stored.subject.reference, person);
  equal((await client.resolve({ reference: `${base}/${person}` })).birthDate, '1950-03-14');
});

await step('history', async () => {
  const made = await created('1950-03-14');
  await updated(made, '1951-03-14');
  await client.delete({ resourceType: 'Patient', id: made.id });
  const histories = [
    await client.history({ resourceType: 'Patient', id: made.id }),
    await client.history({ resourceType: 'Patient' }),
    await client.history(),
  ];
  for (const history of histories) {
    equal(history.type, 'history');
    const told = history.entry.slice(0, 3).map((entry) => `${entry.request.method} ${entry.request.url}`);
    deepEqual(told, [`DELETE Patient/${made.id}`, `PUT Patient/${made.id}`, 'POST Patient']);
  }
});

await step('operations', async () => {
  const kari = await withGoal('1950-03-14');
  const validate = (input) => client.operation({ name: 'validate', resourceType: 'Patient', input });
  const severities = async (input) => (await validate(input)).issue.map((issue) => issue.severity);
  deepEqual(await severities(patient('1950-03-14')), ['information']);
  deepEqual(await severities(patient('soon')), ['error']);
  for (const method of ['GET', 'POST']) {
    const everything = await client.operation({ name: '$everything', resourceType: 'Patient', id: kari.id, method });
    deepEqual(ids(everything).sort(), [kari.goal, kari.person]);
  }
});

told();
