import { unknownVariables } from './unknown-variables';

const known = [
  'DATABASE_URL',
  'DATABASE_PASSWORD',
  'DATABASE_ZONE',
  'DATABASE_MAX_CONNECTIONS_PER_NODE',
  'DATABASE_STATEMENT_TIMEOUT_MS',
  'CONSISTENCY_TOKEN_KEYS',
];
const found = (name: string, value = '1') => unknownVariables({ [name]: value }, known);

describe('variables that are named like options', () => {
  it.each([
    ['DATABASE_MAX_CONNECTION_PER_NODE', 'DATABASE_MAX_CONNECTIONS_PER_NODE'],
    ['DATABASE_MAX_CONNECTIONS', 'DATABASE_MAX_CONNECTIONS_PER_NODE'],
    ['DATABASE_STATEMENT_TIMEOUT', 'DATABASE_STATEMENT_TIMEOUT_MS'],
    ['DATABASE_STATMENT_TIMEOUT_MS', 'DATABASE_STATEMENT_TIMEOUT_MS'],
    ['DATABASE_ZOME', 'DATABASE_ZONE'],
    ['DATABASE_URLS', 'DATABASE_URL'],
    ['DATABASE_PASWORD_FILE', 'DATABASE_PASSWORD_FILE'],
    ['CONSISTENCY_TOKEN_KEY', 'CONSISTENCY_TOKEN_KEYS'],
  ])('%s is refused: did you mean %s?', (name, meant) => {
    const line = `${name} is set: no option has this name, did you mean ${meant}?`;
    expect(found(name)).toEqual({ problems: [line], warnings: [] });
  });

  it.each(['DATABASE_HOST', 'DATABASE_NAME', 'DATABASE_USER', 'DATABASE_PORT', 'CONSISTENCY_LEVEL'])(
    '%s is like no option: a platform may have set it, so it is only a warning',
    (name) => {
      expect(found(name)).toEqual({
        problems: [],
        warnings: [`${name} has no effect: no option has this name`],
      });
    },
  );

  it.each([
    ...known.map((name) => [name, '1']),
    ...known.map((name) => [`${name}_FILE`, '/run/secrets/one']),
    // Of a Service called `database`, or `database-zone`, on Kubernetes.
    ['DATABASE_SERVICE_HOST', '10.0.0.7'],
    ['DATABASE_SERVICE_PORT', '5432'],
    ['DATABASE_SERVICE_PORT_POSTGRES', '5432'],
    ['DATABASE_PORT', 'tcp://10.0.0.7:5432'],
    ['DATABASE_PORT_5432_TCP', 'tcp://10.0.0.7:5432'],
    ['DATABASE_PORT_5432_TCP_ADDR', '10.0.0.7'],
    ['DATABASE_ZONE_PORT', 'tcp://10.0.0.7:5432'],
    // Of other programs.
    ['OTEL_SERVICE_NAME', 'orders'],
    ['POSTGRES_PASSWORD', 'secret'],
    ['PGHOST', 'h1'],
  ])('%s=%s is nothing to tell about', (name, value) => {
    expect(found(name, value)).toEqual({ problems: [], warnings: [] });
  });

  it('show no value, which may be a secret', () => {
    const { problems, warnings } = unknownVariables(
      { DATABASE_PASWORD: 'hunter2', DATABASE_PASS: 'hunter2' },
      known,
    );
    expect(problems).toHaveLength(1);
    expect([...problems, ...warnings].join()).not.toContain('hunter2');
  });
});
