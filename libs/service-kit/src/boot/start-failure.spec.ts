import { ConfigurationError } from 'db-routing';
import { describeStartFailure } from './start-failure';

describe('why a service could not start', () => {
  it.each([
    ['monitor', 'DATABASE_MONITOR_USER'],
    ['systemId', 'DATABASE_SYSTEM_ID'],
    ['trustedFunctions', 'DATABASE_TRUSTED_FUNCTIONS'],
    ["rules[1] 'vip'.role", "DATABASE_RULES[1] 'vip'.role"],
    ['groups.reporting.nodes[0]', 'DATABASE_GROUPS.reporting.nodes[0]'],
    ['maxStalenessMs', 'DATABASE_MAX_STALENESS_MS'],
    ['maxLanesPerNode', 'DATABASE_MAX_LANES_PER_NODE'],
    ['processes', 'DATABASE_PROCESSES'],
    ['consistencyTokens.keys[0]', 'CONSISTENCY_TOKEN_KEYS.keys[0]'],
    ['prepareStatements', 'prepareStatements'],
  ])('names the variable that sets the option %s: %s', (option, variable) => {
    const [line] = describeStartFailure(new ConfigurationError(option, 'x', 'must be y'));
    expect(line).toBe(`${variable} is 'x': must be y`);
  });
});
