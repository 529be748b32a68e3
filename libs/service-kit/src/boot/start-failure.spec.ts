import { ConfigurationError } from 'db-routing';
import { describeStartFailure } from './start-failure';

describe('why a service could not start', () => {
  it.each([
    ['monitor', 'DATABASE_MONITOR_USER'],
    ['systemId', 'DATABASE_SYSTEM_ID'],
    ['maxStalenessMs', 'maxStalenessMs'],
  ])('names the variable that stands for the option %s: %s', (option, variable) => {
    const [line] = describeStartFailure(new ConfigurationError(option, 'x', 'must be y'));
    expect(line).toBe(`${variable} is 'x': must be y`);
  });
});
