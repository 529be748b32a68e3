import { proxiedPortOf, serviceRole } from '@app/shop-services';
import { isScalar, Scalar, type YAMLMap } from 'yaml';
import type { Changes } from '../changes';
import { lastService, modelService } from '../model';
import type { NewService } from '../new-service';
import { raiseSetting } from './limits';
import { insertAfterLine, repeatLines } from './lines';
import { copyEntry, editYaml, insertCopy, listAt, mapAt } from './yaml';

const PASSWORDS = 'docker/secrets/make.sh';

/** Adds the service to docker-compose.yml, its password and role, and its metrics to Prometheus. */
export function addContainer(changes: Changes, service: NewService): void {
  const lastRole = serviceRole(lastService);
  const group = 1 + Math.max(...groupsIn(changes.read(PASSWORDS)));
  changes.edit(PASSWORDS, (text) =>
    insertAfterLine(text, `make ${lastRole} `, `make ${service.role} ${group}`),
  );
  changes.edit('docker/postgres/roles.sql', (text) => repeatLines(text, lastRole, service.role));
  changes.edit('docker-compose.yml', (text) =>
    editYaml(text, (document) => {
      const services = mapAt(document, ['services']);
      const container = copyEntry(services, modelService, lastService, service.name);
      describeContainer(container, service, group);
      publish(container, service);
      addBehindPgpool(services, service, group);
    }),
  );
  changes.edit('docker/pgpool/pgpool.conf', (text) => raiseSetting(text, 'num_init_children'));
  changes.edit('docker/postgres/postgresql.conf', (text) => raiseSetting(text, 'max_connections'));
  changes.edit('docker/observability/prometheus/prometheus.yml', (text) =>
    editYaml(text, (document) => {
      insertCopy(listAt(document, ['scrape_configs']), ['job_name'], lastService, (job) => {
        job.set('job_name', service.name);
        job.setIn(['static_configs', 0, 'targets', 0], quoted(`${service.name}:${service.managementPort}`));
      });
    }),
  );
}

function groupsIn(script: string): number[] {
  return [...script.matchAll(/^make \w+ (\d+)$/gm)].map(([, group]) => Number(group));
}

/** What the service's two containers, with routing and behind Pgpool-II, have in common. */
function describeContainer(container: YAMLMap, { name, role, port }: NewService, group: number): void {
  const environment = mapAt(container, ['environment']);
  environment.items = environment.items.filter(
    ({ key }) => !(isScalar(key) && String(key.value).endsWith('_SERVICE_URL')),
  );
  const modelUrl = String(environment.get('DATABASE_URL'));
  environment.set('DATABASE_URL', modelUrl.replace(serviceRole(modelService), role));
  environment.set('DATABASE_PASSWORD_FILE', `/run/secrets/${role}`);
  environment.set('HEALTH_URL', `http://127.0.0.1:${port}/health/ready`);
  container.setIn(['command', 0], quoted(`dist/apps/${name}/src/main.js`));
  container.setIn(['group_add', 0], quoted(String(group)));
}

function publish(container: YAMLMap, service: NewService): void {
  const { port, managementPort, portVariable, managementPortVariable } = service;
  container.setIn(['ports', 0], published(portVariable, port));
  container.setIn(['ports', 1], published(managementPortVariable, managementPort));
}

function addBehindPgpool(services: YAMLMap, service: NewService, group: number): void {
  const { name, port } = service;
  const container = copyEntry(services, proxied(modelService), proxied(lastService), proxied(name));
  describeContainer(container, service, group);
  const { variable, port: proxiedPort } = proxiedPortOf(name, port);
  container.setIn(['ports', 0], published(variable, proxiedPort, port));
  // Pgpool-II may read the service's password. The last of its groups is the monitor's.
  const groups = listAt(services, ['pgpool', 'group_add']);
  groups.items.splice(-1, 0, quoted(String(group)));
}

const proxied = (name: string) => `${name}-proxied`;

/** `port`, unless the variable sets another one, leads to a port of the container. */
function published(variable: string, port: number, containerPort = port): Scalar<string> {
  return quoted(`127.0.0.1:\${${variable}:-${port}}:${containerPort}`);
}

function quoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = 'QUOTE_SINGLE';
  return scalar;
}
