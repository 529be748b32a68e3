import type { ServiceAddress } from '../feeds/service-feed';
import { ShopClient } from './shop-client';

/** The services by what they are for, each with its client. */
export class Shop {
  readonly orders: ShopClient;
  readonly history: ShopClient;

  constructor(services: readonly ServiceAddress[]) {
    this.orders = new ShopClient(urlOf(services, 'order-service'));
    this.history = new ShopClient(urlOf(services, 'history-service'));
  }

  close(): void {
    this.orders.close();
    this.history.close();
  }
}

function urlOf(services: readonly ServiceAddress[], name: string): string {
  const url = services.find((service) => service.name === name)?.url;
  if (url === undefined) throw new TypeError(`The console needs ${name}.`);
  return url;
}
