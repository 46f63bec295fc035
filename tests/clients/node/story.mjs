// What the scripts share: where the server is, and steps whose outcomes are printed as one list for the test to read.

const { address, token } = process.env;

export const base = `${address}/fhir`;
export { address, token };

const results = [];

/** One thing a client does; what it throws is its outcome, and the next step follows all the same. */
export async function step(name, work) {
  try {
    await work();
    results.push({ name, ok: true });
  } catch (error) {
    const answer = JSON.stringify(error.response ?? error.outcome ?? null);
    results.push({ name, ok: false, detail: `${error.stack} ${answer}` });
  }
}

export function told() {
  process.stdout.write(JSON.stringify(results));
}

/** The error that the work fails with. */
export async function failure(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
}

export const kari = 'urn:uuid:00000000-0000-4000-8000-000000000001';

export function patient(born, elements = {}) {
  return { resourceType: 'Patient', name: [{ family: 'Vik' }], birthDate: born, ...elements };
}

export function goal(subject) {
  return {
    resourceType: 'Goal',
    lifecycleStatus: 'active',
    description: { text: 'gå på tur' },
    subject: { reference: subject },
  };
}

/** A goal and the person it is about, tied together by the name the person has in the Bundle. */
export function transaction() {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { resource: goal(kari), request: { method: 'POST', url: 'Goal' } },
      { fullUrl: kari, resource: patient('1950-03-14'), request: { method: 'POST', url: 'Patient' } },
    ],
  };
}

export function statuses(bundle) {
  return bundle.entry.map((entry) => entry.response.status.split(' ')[0]);
}

export function ids(bundle) {
  return (bundle.entry ?? []).map((entry) => `${entry.resource.resourceType}/${entry.resource.id}`);
}
