import { ConfigurationError } from '../../../errors';
import { connectionsPerNode } from './connections-per-node';
import type { RoutedPoolOptions } from './routed-pool-options';

describe('the connections of one process to one node', () => {
  it.each<[Partial<RoutedPoolOptions>, number, number]>([
    [{}, 10 + 4 + 1, 10 + 2 * 4 + 1],
    [{ maxConnectionsPerNode: 5, maxLanesPerNode: 2 }, 5 + 2 + 1, 5 + 2 * 2 + 1],
    [{ maxLanesPerNode: 0 }, 10 + 1, 10 + 1],
    [{ pooler: 'transaction', maxConnectionsPerNode: 50 }, 50 + 1, 50 + 1],
    [{ prepareStatements: false }, 10 + 1, 10 + 1],
    [{ processes: 4 }, 2 + 1 + 1, 2 + 2 * 1 + 1],
    [{ processes: 3, maxConnectionsPerNode: 30, maxLanesPerNode: 6 }, 10 + 2 + 1, 10 + 2 * 2 + 1],
    [{ processes: 10, maxLanesPerNode: 0 }, 1 + 1, 1 + 1],
  ])('with %j: usually %i, at most %i', (options, usual, most) => {
    expect(connectionsPerNode(options)).toEqual({ usual, most });
  });

  it.each<[Partial<RoutedPoolOptions>, string]>([
    [{ maxConnectionsPerNode: 0 }, 'maxConnectionsPerNode is 0: must be a whole number of at least 1'],
    [{ maxLanesPerNode: 1.5 }, 'maxLanesPerNode is 1.5: must be a whole number of at least 0'],
    [{ maxLanesPerNode: 4, pooler: 'transaction' }, 'maxLanesPerNode is 4: must be 0 or left out'],
    [{ processes: 0 }, 'processes is 0: must be a whole number of at least 1'],
    [{ processes: 1.5 }, 'processes is 1.5: must be a whole number of at least 1'],
    [{ processes: 5 }, 'maxLanesPerNode is 4: must be 0, or at least 5, because 5 processes share it'],
    [{ processes: 12 }, 'maxConnectionsPerNode is 10: must be at least 12, because 12 processes share it'],
  ])('refuses %j as start() does', (options, message) => {
    expect(() => connectionsPerNode(options)).toThrow(ConfigurationError);
    expect(() => connectionsPerNode(options)).toThrow(message);
  });
});
