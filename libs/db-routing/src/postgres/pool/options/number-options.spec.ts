import { ConfigurationError } from '../../../errors';
import { resolveOptions } from './options';

describe('the options that are numbers', () => {
  const resolved = (given: object) => resolveOptions({ url: 'postgres://me@h1,h2/shop', ...given });

  it.each<[object, string]>([
    [{ statementTimeoutMs: '5000' }, "statementTimeoutMs is '5000': must be a whole number of at least 1"],
    [{ maxConnectionsPerNode: '10' }, "maxConnectionsPerNode is '10': must be a whole number of at least 1"],
    [{ maxConnectionsPerNode: 1.5 }, 'maxConnectionsPerNode is 1.5: must be a whole number of at least 1'],
    [{ failoverWaitMs: Number.NaN }, 'failoverWaitMs is NaN: must be a whole number of at least 1'],
    [{ positionWaitMs: 2 ** 31 }, 'positionWaitMs is 2147483648: must be at most 2147483647'],
    [{ readQueueWaitMs: 0 }, 'readQueueWaitMs is 0: must be a whole number of at least 1'],
    [{ maxLanesPerNode: '4' }, "maxLanesPerNode is '4': must be a whole number of at least 0"],
    [{ maxLanesPerNode: -1 }, 'maxLanesPerNode is -1: must be a whole number of at least 0'],
  ])('%p is refused', (given, message) => {
    expect(() => resolved(given)).toThrow(ConfigurationError);
    expect(() => resolved(given)).toThrow(message);
  });
});
