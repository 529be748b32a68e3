import { serviceDefinition, serviceNames } from '@app/shop-services';
import type { ServiceAddress } from './feeds/service-feed';

const DEFAULT_PORT = 3000;
const SERVICE_HOSTS = ['loopback', 'names'] as const;

export interface ConsoleSettings {
  readonly services: readonly ServiceAddress[];
  readonly host: string;
  readonly port: number;
}

/** A variable cannot work; shown without a stack. */
export class ConsoleSettingsError extends Error {
  override readonly name = 'ConsoleSettingsError';
}

/**
 * Reads CONSOLE_PORT, CONSOLE_HOST, and CONSOLE_SERVICE_HOSTS: `names` when each service has a host of its
 * own name, as containers have.
 *
 * @throws ConsoleSettingsError naming the variable, the value and what it must be
 */
export function readConsoleSettings(
  environment: Readonly<Record<string, string | undefined>>,
): ConsoleSettings {
  const given = (name: string, fallback: string): string => emptyIsNone(environment[name]) ?? fallback;
  const port = given('CONSOLE_PORT', String(DEFAULT_PORT));
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new ConsoleSettingsError(`CONSOLE_PORT is "${port}"; it must be a port, from 0 to 65535.`);
  }
  const wanted = given('CONSOLE_SERVICE_HOSTS', 'loopback');
  const hosts = SERVICE_HOSTS.find((each) => each === wanted);
  if (hosts === undefined) {
    const allowed = SERVICE_HOSTS.join(' or ');
    throw new ConsoleSettingsError(`CONSOLE_SERVICE_HOSTS is "${wanted}"; it must be ${allowed}.`);
  }
  return {
    services: serviceNames.map((name) => {
      const { defaultPort, defaultManagementPort } = serviceDefinition(name);
      const host = hosts === 'names' ? name : '127.0.0.1';
      return {
        name,
        url: `http://${host}:${defaultPort}`,
        managementUrl: `http://${host}:${defaultManagementPort}`,
      };
    }),
    host: given('CONSOLE_HOST', '127.0.0.1'),
    port: Number(port),
  };
}

function emptyIsNone(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
