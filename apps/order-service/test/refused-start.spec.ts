import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { SpawnedProcess } from '../../../libs/service-kit/test/spawned-process';
import { OrderProcesses } from './order-processes';

describe('order-service, when it cannot start', () => {
  let processes: OrderProcesses;

  beforeAll(async () => {
    processes = await OrderProcesses.onOwnCluster();
  });
  afterAll(() => processes.stop());

  /** Expects the process to give up with these lines and without a stack trace. */
  const expectRefusal = async (process: SpawnedProcess, lines: RegExp[]) => {
    expect(await process.exit()).toBe(1);
    const given = process.stderr.trimEnd().split('\n');
    expect(given).toEqual(lines.map((line) => expect.stringMatching(line) as string));
  };

  it('stops waiting for a database that never becomes available', async () => {
    await expectRefusal(
      processes.startWith({
        ORDER_PORT: '0',
        ORDER_MANAGEMENT_PORT: '0',
        DATABASE_URL: 'postgres://order_service:pw@127.0.0.1:1/shop',
        DATABASE_START_TIMEOUT_MS: '1500',
      }),
      [/^order-service: no database node could be used within \d+ ms \(127\.0\.0\.1:1: /],
    );
  });

  it.each(['ORDER_PORT', 'ORDER_MANAGEMENT_PORT'])(
    'exits when the %s is in use, naming the variable and the port',
    async (variable) => {
      const occupant = createServer().listen(0, '127.0.0.1');
      await once(occupant, 'listening');
      const { port } = occupant.address() as AddressInfo;
      await expectRefusal(processes.start({ [variable]: String(port) }), [
        new RegExp(
          `^order-service: ${variable} is ${port}: something listens on 127\\.0\\.0\\.1:${port} already`,
        ),
      ]);
      occupant.close();
    },
  );

  it.each([
    [
      { DATABASE_RULES: '[{"role":"master"}]' },
      /DATABASE_RULES\[0\]\.role is 'master': must be one of primary/,
    ],
    [
      { DATABASE_GROUPS: '{"reporting":{"nodes":["elsewhere:1"]}}' },
      /DATABASE_GROUPS\.reporting\.nodes\[0\] is 'elsewhere:1': must be one of the nodes/,
    ],
    [
      { DATABASE_TRUSTED_FUNCTIONS: 'audit.note(text)' },
      /DATABASE_TRUSTED_FUNCTIONS is 'audit\.note\(text\)': must be 'name' or 'schema\.name'/,
    ],
    [
      { DATABASE_BALANCER: 'weighted', DATABASE_WEIGHTS: 'elsewhere:1=2' },
      /DATABASE_WEIGHTS is "elsewhere:1=2": elsewhere:1 must be one of the nodes of DATABASE_URL/,
    ],
  ] satisfies [Record<string, string>, RegExp][])(
    'rejects %j, naming the variable',
    async (environment, line) => {
      await expectRefusal(processes.start(environment), [line]);
    },
  );

  it('names every invalid option, without revealing secrets', async () => {
    await expectRefusal(
      processes.startWith({
        DATABASE_URL: 'mysql://alice:hunter2@db/shop',
        JWT_SECRET: 'hunter2',
        DRAIN_TIMEOUT_MS: '5s',
        ORDER_PORT: '70000',
      }),
      [
        /DATABASE_URL cannot be used: expected postgres:/,
        /JWT_SECRET is \*\*\* \(7 characters\): it must be at least 32 characters long/,
        /DRAIN_TIMEOUT_MS is "5s": it must be a whole number/,
        /ORDER_PORT is "70000": it must be at most 65535/,
      ],
    );
  });
});
