import {
  MANAGEMENT_PORT_OFFSET,
  PROXIED_PORT_OFFSET,
  serviceDefinition,
  serviceNames,
} from '@app/shop-services';
import { DEFAULT_CLUSTER_MANAGEMENT_PORT } from '../start/settings';
import { Refusal } from './refusal';

/**
 * The public port of the new service: the requested one, or the first after the services' ports that is free
 * together with the others that follow from it.
 *
 * @param compose the text of docker-compose.yml, which publishes more ports than those of the services
 * @throws Refusal naming the port that is taken
 */
export function choosePort(requested: number | undefined, compose: string): number {
  const taken = takenPorts(compose);
  const takenOf = (port: number) => portsFrom(port).find((each) => taken.has(each));
  if (requested !== undefined) {
    const conflict = takenOf(requested);
    if (conflict === undefined) return requested;
    throw new Refusal(
      `--port is ${requested}, but ${conflict} is taken: docker-compose.yml or another service uses it. ` +
        `The service needs ${portsFrom(requested).join(', ')}.`,
    );
  }
  let port = Math.max(...serviceNames.map((name) => serviceDefinition(name).defaultPort)) + 1;
  while (takenOf(port) !== undefined) port += 1;
  return port;
}

/** The public port, that for metrics and health details, and that of the container behind Pgpool-II. */
function portsFrom(port: number): number[] {
  return [port, port + MANAGEMENT_PORT_OFFSET, port + PROXIED_PORT_OFFSET];
}

function takenPorts(compose: string): Set<number> {
  const published = [...compose.matchAll(/_PORT:-(\d+)\}/g)].map(([, port]) => Number(port));
  const ofServices = serviceNames
    .map(serviceDefinition)
    .flatMap(({ defaultPort, defaultManagementPort }) => [defaultPort, defaultManagementPort]);
  return new Set([...published, ...ofServices, DEFAULT_CLUSTER_MANAGEMENT_PORT]);
}
