import { shopDatabase } from '@app/shop-database';
import { generatedSecrets } from './containers';

const secrets = generatedSecrets();
/** Including the superuser and the role that standbys stream as. */
const everyRole = ['postgres', 'replicator', ...Object.keys(shopDatabase.roles)].sort();

describe('the generated secrets', () => {
  it('have a different password for every role of the database', () => {
    const accounts = secrets.filter(({ type }) => type === 'kubernetes.io/basic-auth');
    expect(accounts.map(({ stringData }) => stringData.username).sort()).toEqual(everyRole);
    const values = [...secrets, ...generatedSecrets()].map(
      ({ stringData }) => stringData.password ?? stringData.secret,
    );
    expect(new Set(values).size).toBe(2 * secrets.length);
    for (const value of values) expect(value).toMatch(/^[\w-]{32,}$/);
  });

  it('are in the requested namespace', () => {
    const namespaces = (list: typeof secrets) => new Set(list.map(({ metadata }) => metadata.namespace));
    expect(namespaces(secrets)).toEqual(new Set(['shop']));
    expect(namespaces(generatedSecrets('staging'))).toEqual(new Set(['staging']));
  });
});
