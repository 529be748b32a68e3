import { serviceNames } from '@app/shop-services';

/** A limit on connections, for one more service that needs as many as each of the others. */
export function raised(limit: string): string {
  return String(10 * Math.ceil((Number(limit) * (serviceNames.length + 1)) / serviceNames.length / 10));
}

/**
 * Raises the limit in a configuration file with lines of `name = number`.
 *
 * @throws Error when the file does not set it
 */
export function raiseSetting(text: string, name: string): string {
  const setting = new RegExp(`^(${name} = )(\\d+)$`, 'm');
  if (!setting.test(text)) throw new Error(`${name} is not set`);
  return text.replace(setting, (_, start: string, limit: string) => start + raised(limit));
}
