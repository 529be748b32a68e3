import { randomUUID } from 'node:crypto';
import { type ClusterNode, until } from '@app/postgres-cluster';
import { Load } from '../faults/load/load';
import { Session } from '../faults/load/session';
import type { ObservedRig } from './rig';

const READS_PER_SECOND = 40;
const ORDERS_PER_SECOND = 4;
const ALERT_TIMEOUT_MS = 30_000;

/**
 * Customers read and order while the cluster gets into every trouble that has an alert; the scenario waits
 * for each.
 */
export class Scenario {
  /** Alerts that have been pending or firing. */
  readonly raised = new Set<string>();
  readonly #load: Load;

  private constructor(
    private readonly rig: ObservedRig,
    private readonly say: (line: string) => void,
    private readonly skus: readonly string[],
  ) {
    const { services } = rig;
    this.#load = new Load({
      targets: { order: () => services.orderTargets(), history: () => [services.history.url] },
      prefix: 'observed',
      skus,
      readsPerSecond: READS_PER_SECOND,
      ordersPerSecond: ORDERS_PER_SECOND,
    });
  }

  static async play(rig: ObservedRig, say: (line: string) => void): Promise<ReadonlySet<string>> {
    const { rows } = await rig.services.cluster.primary.query<{ sku: string }>(
      'SELECT sku FROM products WHERE stock > 50 ORDER BY sku LIMIT 30',
    );
    const scenario = new Scenario(
      rig,
      say,
      rows.map(({ sku }) => sku),
    );
    try {
      await scenario.#play();
    } finally {
      scenario.#load.close();
    }
    return scenario.raised;
  }

  async #play(): Promise<void> {
    const { services } = this.rig;
    const { cluster } = services;
    const [first, second] = services.replicas;
    await this.#load.start();
    await until('both replicas to serve', () => this.#hasReadFrom(first) && this.#hasReadFrom(second));

    this.say('two tokens are modified in transit');
    await this.#forgeTokens(2);
    await this.#raises('ConsistencyTokensForged');

    this.say(`${second.name} is frozen`);
    second.freeze();
    await this.#raises('DatabaseExporterSilent');
    second.thaw();

    this.say(`${first.name} stops replaying`);
    await first.pauseReplay();
    await this.#raises('DatabaseReplicaLagging');
    await first.resumeReplay();

    this.say('both replicas are killed');
    await Promise.all([first.kill(), second.kill()]);
    await this.#raises('DatabaseNodeDown', 'DatabaseReadsSpill', 'DatabaseExporterSeesNodeDown');
    await Promise.all([first.start(), second.start()]);
    await services.untilFit();

    this.say('the primary is killed, and a replica promoted');
    await cluster.primary.kill();
    await this.#raises('DatabaseNoPrimary', 'WritesFail');
    await first.promote();
    await this.#raises('DatabaseFailover', 'DatabaseReplicaLagUnknown');
    await second.follow(first);
    await services.untilFit();
    await until('orders on the new primary', () => this.#hasReadFrom(second));

    this.say('history-service is killed');
    await this.#load.stop();
    await services.history.kill();
    await this.#raises('ServiceDown');
  }

  #hasReadFrom({ name }: ClusterNode): boolean {
    return this.#load.operations.slice(-200).some(({ route }) => route.some(({ node }) => node === name));
  }

  async #raises(...alerts: string[]): Promise<void> {
    for (const alert of alerts) {
      await until(
        () => `the alert ${alert}`,
        async () => (await this.rig.prometheus.query(`ALERTS{alertname="${alert}"}`)).length > 0,
        { timeoutMs: ALERT_TIMEOUT_MS, pollMs: 200 },
      );
      this.raised.add(alert);
    }
  }

  async #forgeTokens(count: number): Promise<void> {
    const { url } = this.rig.services.order;
    const session = await Session.open('forger', true);
    let answer = 'nothing';
    const token = await until(
      () => `an order to be answered with a Consistency-Token; got ${answer}`,
      async () => {
        const { status, headers } = await fetch(`${url}/orders`, {
          method: 'POST',
          headers: {
            ...session.headers(),
            'content-type': 'application/json',
            'idempotency-key': randomUUID(),
          },
          body: JSON.stringify({ items: [{ sku: this.skus[0], quantity: 1 }] }),
        });
        answer = `status ${status}`;
        return headers.get('consistency-token');
      },
    );
    const at = token.length - 10;
    const changed = token.slice(0, at) + (token.charAt(at) === 'A' ? 'B' : 'A') + token.slice(at + 1);
    for (let sent = 0; sent < count; sent++) {
      const { status } = await fetch(`${url}/products?limit=1`, {
        headers: { ...session.headers(), 'consistency-token': changed },
      });
      if (status !== 400) throw new Error(`a forged Consistency-Token was answered with ${status}`);
    }
  }
}
