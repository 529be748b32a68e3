import { type ServiceName, serviceNames } from '@app/shop-services';
import { LOOPBACK, type StartSettings } from './settings';

/** Where each service is, as a client on this machine finds it. */
export type ServiceUrls = Readonly<Record<ServiceName, string>>;

export function serviceUrls({ host, services }: StartSettings): ServiceUrls {
  const urls = serviceNames.map((name) => [name, `http://${hostInUrl(host)}:${services[name].port}`]);
  return Object.fromEntries(urls) as ServiceUrls;
}

export function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return LOOPBACK;
  return host.includes(':') ? `[${host}]` : host;
}
