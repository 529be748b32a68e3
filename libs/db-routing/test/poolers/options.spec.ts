import { ConfigurationError, RoutedPool, type RoutedPoolOptions } from '../../src';

describe('the options for a pooler', () => {
  it.each<[object, string]>([
    [{ pooler: 'session' }, "pooler is 'session': must be 'transaction', or left out"],
    [{ pooler: 'transaction', prepareStatements: true }, 'prepareStatements is true: must be false'],
    [{ pooler: 'transaction', maxLanesPerNode: 4 }, 'maxLanesPerNode is 4: must be 0 or left out'],
    [{ prepareStatements: false, maxLanesPerNode: 1 }, 'maxLanesPerNode is 1: must be 0 or left out'],
  ])('%j is refused', async (given, message) => {
    const options: RoutedPoolOptions = { url: 'postgres://me@127.0.0.1:1/none', ...given };
    const started = RoutedPool.start(options);
    await expect(started).rejects.toBeInstanceOf(ConfigurationError);
    await expect(started).rejects.toThrow(message);
  });
});
