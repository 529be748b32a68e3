import { shopDatabase } from '@app/shop-database';
import { generatedSecrets } from './containers';

const secrets = generatedSecrets();
/** With the superuser, and the one whom standbys stream as. */
const everyRole = ['postgres', 'replicator', ...Object.keys(shopDatabase.roles)].sort();

describe('the generated secrets', () => {
  it('have a password for every role of the database, and none twice', () => {
    const accounts = secrets.filter(({ type }) => type === 'kubernetes.io/basic-auth');
    expect(accounts.map(({ stringData }) => stringData.username).sort()).toEqual(everyRole);
    const values = [...secrets, ...generatedSecrets()].map(
      ({ stringData }) => stringData.password ?? stringData.secret,
    );
    expect(new Set(values).size).toBe(2 * secrets.length);
    for (const value of values) expect(value).toMatch(/^[\w-]{32,}$/);
  });

  it('go to the namespace that is asked for', () => {
    const namespaces = (list: typeof secrets) => new Set(list.map(({ metadata }) => metadata.namespace));
    expect(namespaces(secrets)).toEqual(new Set(['shop']));
    expect(namespaces(generatedSecrets('staging'))).toEqual(new Set(['staging']));
  });
});
