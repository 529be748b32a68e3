import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { type RoutedPoolOptions, pgPoolConfig, resolveOptions } from '../pool/options/options';

const URL_OF_TWO = 'postgres://someone@h1,h2/db';

/** The places for a password, valid and invalid. */
const forms: ((password: string) => RoutedPoolOptions)[] = [
  (password) => ({ url: `postgres://someone:${password}@h1:5432,h2/db` }),
  (password) => ({ url: `postgres://someone:${password}@/db?host=/run/x&port=1` }),
  (password) => ({ url: `postgres://someone:${encodeURIComponent(password)}@h1/db` }),
  (password) => ({ url: `postgres://h1/db?password=${password}&sslmode=disable` }),
  (password) => ({ url: `postgres://h1/db?sslpassword=${password}` }),
  (password) => ({ url: `postgres://someone@h1/db?pasword=${encodeURIComponent(password)}` }),
  (password) => ({ url: `host=h1 user=someone password=${password} dbname=db` }),
  (password) => ({ url: `socket://someone:${password}@/run/x?db=db` }),
  (password) => ({ url: `mysql://someone:${password}@h1/db` }),
  (password) => ({ url: `postgres://someone:${password}@h1:x/db` }),
  (password) => ({ url: URL_OF_TWO, password }),
  (password) => ({ url: URL_OF_TWO, monitor: { user: 'm', password } }),
  (password) => ({ url: 'postgres://u:p@h1/db', password }),
  (password) => ({ url: URL_OF_TWO, ssl: { key: 'no key', passphrase: password } }),
  (password) => ({ url: URL_OF_TWO, ...{ connectionString: `postgres://u:${password}@h1/db` } }),
];

it('shows no part of a password, in any place and in any malformed URL', () => {
  // Letters that do not occur in our own words, among everything with a meaning in a URL.
  const character = fc.constantFrom(...Array.from('QXZÄÖÜ7913@:/?#%&=+,;[]{}<>|\\^`"\' $!~*().-_'));
  const password = fc.array(character, { minLength: 3, maxLength: 20 }).map((given) => given.join(''));
  fc.assert(
    fc.property(password, fc.constantFrom(...forms), (secret, form) => {
      const shown = shownBy(form(secret));
      for (const fragment of fragments(secret)) expect(shown).not.toContain(fragment);
    }),
    { numRuns: 3_000 },
  );
});

function shownBy(options: RoutedPoolOptions): string {
  try {
    const resolved = resolveOptions(options);
    const config = pgPoolConfig(resolved);
    // What a TLS context holds is the runtime's own.
    const shown = { ...resolved, connection: { ...resolved.connection, ssl: undefined } };
    return inspect(shown, { depth: 9, showHidden: true }) + JSON.stringify(shown) + JSON.stringify(config);
  } catch (error) {
    return inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
  }
}

/** Every run of three characters with a letter of the secret's own alphabet: `://` is in every message. */
function fragments(secret: string): string[] {
  return Array.from({ length: secret.length - 2 }, (_, at) => secret.slice(at, at + 3)).filter((fragment) =>
    /[QXZÄÖÜ]/.test(fragment),
  );
}
