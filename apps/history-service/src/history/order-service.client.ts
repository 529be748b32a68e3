import { consistentFetch } from 'db-routing';
import { Problem, SERVICE_CONFIG, type ServiceConfig } from '@app/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { latestOrder, type LatestOrder } from './history.schemas';

const TIMEOUT_MS = 2_000;

/** Asks the order service, on behalf of the customer who sent the request. */
@Injectable()
export class OrderServiceClient {
  private readonly url: URL | undefined;
  /**
   * Carries the request's session there and back: the order service reads nothing older than was read here.
   */
  private readonly fetch = consistentFetch();

  constructor(@Inject(SERVICE_CONFIG) { calls }: Pick<ServiceConfig, 'calls'>) {
    this.url = calls['order-service'];
  }

  /**
   * One order with its items. `authorization`: the header of the customer's request.
   *
   * @throws Problem 503 when the order service does not answer within two seconds, or not with the order
   */
  async order(id: string, authorization: string): Promise<LatestOrder> {
    try {
      const response = await this.fetch(new URL(`/orders/${id}`, this.url), {
        headers: { authorization },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`it answered ${response.status}: ${await response.text()}`);
      return latestOrder.parse(await response.json());
    } catch (cause) {
      throw new Problem(
        {
          status: 503,
          type: 'urn:problem:order-service-unavailable',
          title: 'Order service unavailable',
          detail: 'The order service, which has the items of the order, does not answer at the moment.',
          headers: { 'retry-after': '2' },
        },
        { cause },
      );
    }
  }
}
