import type { Clock } from '../../clock';
import { parseConnectionUrl } from '../../postgres/settings/connection-url';
import { Discovery, type DiscoveryMode } from './discovery';
import { systemDns } from './lookup';

describe('discovery', () => {
  let addresses: Record<string, string[] | Error>;
  let services: Record<string, { host: string; port: number }[]>;
  let errors: string[];
  let found: string[][];
  let tick: () => void;

  /** A clock that the test advances. */
  const clock: Clock = {
    now: () => 0,
    afterArrivals: setImmediate,
    after: (_, callback) => {
      tick = callback;
      return { cancel: () => (tick = () => undefined) };
    },
  };

  beforeEach(() => {
    addresses = {};
    services = {};
    errors = [];
    found = [];
  });

  function discovery(hosts: string, mode: DiscoveryMode): Discovery {
    return new Discovery({
      mode,
      listed: parseConnectionUrl(`postgres://u:p@${hosts}/db`).nodes,
      clock,
      intervalMs: 5000,
      lookup: {
        addresses: async (host) => {
          const answer = addresses[host] ?? [];
          if (answer instanceof Error) throw answer;
          return answer;
        },
        services: async (name) => services[name] ?? [],
      },
      onFound: (nodes) => found.push(nodes.map((node) => node.name)),
      onError: (error) => errors.push(error.message),
    });
  }

  const names = async (of: Discovery) => (await of.look()).map((node) => node.name);
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('static: the hosts are the nodes, and nothing is resolved', async () => {
    expect(await names(discovery('h1:5432,h2:5433', 'static'))).toEqual(['h1:5432', 'h2:5433']);
  });

  it('dns: one node behind two hosts goes by both, whichever of them resolves', async () => {
    addresses = { 'db-rw': ['10.0.0.1'], 'db-any': ['10.0.0.1', '10.0.0.2'] };
    const discovering = discovery('db-rw,db-any', 'dns');
    const entriesOf = async () =>
      (await discovering.look()).map((node) => [
        node.entry,
        ...(node.otherNames ?? []).map(({ entry }) => entry),
      ]);
    expect(await entriesOf()).toEqual([['db-rw:5432', 'db-any:5432'], ['db-any:5432']]);
    addresses['db-rw'] = [];
    expect(await entriesOf()).toEqual([['db-rw:5432', 'db-any:5432'], ['db-any:5432']]);
    addresses = { 'db-rw': ['10.0.0.2'], 'db-any': new Error('SERVFAIL') };
    expect(await names(discovering)).toEqual(['10.0.0.1:5432', '10.0.0.2:5432']);
  });

  it('dns: a host stands for all of its addresses', async () => {
    addresses = { 'db-any': ['10.0.0.2', '10.0.0.1', 'fd00::1'] };
    expect(await names(discovery('db-any:5433', 'dns'))).toEqual([
      '[fd00::1]:5433',
      '10.0.0.1:5433',
      '10.0.0.2:5433',
    ]);
  });

  it('srv: the targets of the name are the nodes, each with its port', async () => {
    services = {
      '_postgresql._tcp.db': [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    };
    addresses = { a: ['10.0.0.1'], b: ['10.0.0.2'] };
    expect(await names(discovery('_postgresql._tcp.db', 'srv'))).toEqual(['10.0.0.1:1', '10.0.0.2:2']);
  });

  it('looks again, and tells what came and what went', async () => {
    addresses = { db: ['10.0.0.1'] };
    const running = discovery('db', 'dns');
    await running.look();
    running.start();
    addresses = { db: ['10.0.0.1', '10.0.0.2'] };
    tick();
    await settle();
    addresses = { db: ['10.0.0.2'] };
    tick();
    await settle();
    running.stop();
    tick();
    await settle();
    expect(found).toEqual([['10.0.0.1:5432', '10.0.0.2:5432'], ['10.0.0.2:5432']]);
  });

  it('keeps the nodes of a name that no longer resolves, reports it, and continues with the others', async () => {
    addresses = { one: ['10.0.0.1'], two: ['10.0.0.2'] };
    const running = discovery('one,two', 'dns');
    await running.look();
    addresses = { one: new Error('SERVFAIL'), two: ['10.0.0.3'] };
    expect(await names(running)).toEqual(['10.0.0.1:5432', '10.0.0.3:5432']);
    addresses = { one: [], two: ['10.0.0.3'] };
    expect(await names(running)).toEqual(['10.0.0.1:5432', '10.0.0.3:5432']);
    expect(errors).toEqual([
      "cannot resolve 'one': SERVFAIL",
      "cannot resolve 'one': it resolves to no address",
    ]);
  });

  it('asks the system for what it does not know', async () => {
    expect(await systemDns.addresses('127.0.0.1')).toEqual(['127.0.0.1']);
    await expect(systemDns.addresses('no-such-host.invalid')).rejects.toThrow();
  });
});
