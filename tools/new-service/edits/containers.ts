import { serviceRole } from '@app/shop-services';
import { isScalar, Scalar, type YAMLMap } from 'yaml';
import type { Changes } from '../changes';
import { lastService, modelService } from '../model';
import type { NewService } from '../new-service';
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
      describeContainer(copyEntry(services, modelService, lastService, service.name), service, group);
    }),
  );
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

function describeContainer(container: YAMLMap, service: NewService, group: number): void {
  const { name, role, port, managementPort, portVariable, managementPortVariable } = service;
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
  const published = (variable: string, each: number) => `127.0.0.1:\${${variable}:-${each}}:${each}`;
  container.setIn(['ports', 0], quoted(published(portVariable, port)));
  container.setIn(['ports', 1], quoted(published(managementPortVariable, managementPort)));
}

function quoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = 'QUOTE_SINGLE';
  return scalar;
}
