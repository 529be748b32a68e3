import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  proxiedPortOf,
  serviceDefinition,
  type ServiceName,
  serviceNames,
  serviceRole,
  serviceRoles,
  urlVariable,
} from '@app/shop-services';
import { parse } from 'yaml';
import { containersOf, environmentOf, generatedSecrets, mainContainerOf } from './containers';
import { find, render, ROOT } from './kustomize';

// Each file that names the services names all of them, with the facts of libs/shop-services.
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const definitions = serviceNames.map(serviceDefinition);
const groups = new Map(
  [...read('docker/secrets/make.sh').matchAll(/^make (\w+) (\d+)$/gm)].map(
    ([, role = '', group = '']) => [role, group] as const,
  ),
);

interface ComposeService {
  readonly command?: readonly string[];
  readonly group_add?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
}

describe('every service', () => {
  it('has a folder in apps, and each folder there is a service', () => {
    expect(readdirSync(join(ROOT, 'apps')).sort()).toEqual([...serviceNames].sort());
  });

  it('is an application in nest-cli.json', () => {
    const { projects } = JSON.parse(read('nest-cli.json')) as {
      projects: Record<string, { type: string; root: string; sourceRoot: string }>;
    };
    const applications = Object.entries(projects).filter(([, { type }]) => type === 'application');
    expect(Object.fromEntries(applications)).toEqual(
      Object.fromEntries(
        serviceNames.map((name) => [
          name,
          {
            type: 'application',
            root: `apps/${name}`,
            entryFile: 'main',
            sourceRoot: `apps/${name}/src`,
          },
        ]),
      ),
    );
  });

  it('has a password of its own in docker/secrets/make.sh', () => {
    const own = [...groups].filter(([, group]) => group !== '0');
    expect(own.map(([role]) => role).sort()).toEqual(['migrator', 'monitor', ...serviceRoles].sort());
    expect(new Set(own.map(([, group]) => group)).size).toBe(own.length);
  });

  it('has a managed role in CloudNativePG, with its password', () => {
    const { roles } = find(render('overlays/cloudnative-pg'), 'Cluster', 'postgres').spec.managed as {
      roles: { name: string; login: boolean; passwordSecret: { name: string } }[];
    };
    const ofServices = roles.filter(({ name }) => name !== 'monitor');
    expect(ofServices).toEqual(
      serviceNames.map((name) => ({
        name: serviceRole(name),
        ensure: 'present',
        login: true,
        passwordSecret: { name: `database-${name}` },
      })),
    );
  });

  it('has its password where the local cluster creates the roles', () => {
    const { volumes } = find(render('overlays/local'), 'StatefulSet', 'postgres-primary').spec.template
      .spec as {
      volumes: { projected?: { sources: { secret: { name: string; items: { path: string }[] } }[] } }[];
    };
    const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
    const paths = sources.map(({ secret }) => [secret.name, ...secret.items.map(({ path }) => path)]);
    expect(paths).toEqual(
      expect.arrayContaining(serviceNames.map((name) => [`database-${name}`, serviceRole(name)])),
    );
  });
});

describe.each(definitions)('$name in docker-compose.yml', (definition) => {
  const { name, portVariable, defaultPort, managementPortVariable, defaultManagementPort } = definition;
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  const service = services[name];

  it('runs its build output and publishes its ports', () => {
    expect(service).toMatchObject({
      command: [`dist/apps/${name}/src/main.js`],
      ports: [
        `127.0.0.1:\${${portVariable}:-${defaultPort}}:${defaultPort}`,
        `127.0.0.1:\${${managementPortVariable}:-${defaultManagementPort}}:${defaultManagementPort}`,
      ],
      environment: { HEALTH_URL: `http://127.0.0.1:${defaultPort}/health/ready` },
    });
  });

  it('connects as its role, whose password its group may read', () => {
    const role = serviceRole(name as ServiceName);
    expect(service).toMatchObject({
      group_add: [groups.get(role), groups.get('monitor')],
      environment: {
        DATABASE_URL: `postgres://${role}@postgres-1,postgres-2,postgres-3/shop`,
        DATABASE_PASSWORD_FILE: `/run/secrets/${role}`,
      },
    });
  });

  it('knows where the services are that it calls, and no others', () => {
    const urls = Object.entries(service?.environment ?? {}).filter(([key]) => key.endsWith('_SERVICE_URL'));
    expect(urls).toEqual(
      definition.calls.map(({ name: called, urlVariable: key, defaultUrl }) => [
        key,
        `http://${called}:${new URL(defaultUrl).port}`,
      ]),
    );
  });
});

describe.each(definitions)('$name behind Pgpool-II in docker-compose.yml', (definition) => {
  const { name, defaultPort } = definition;
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  const service = services[`${name}-proxied`];
  const role = serviceRole(name as ServiceName);

  it('runs with its routing off, and publishes its port', () => {
    const { variable, port } = proxiedPortOf(name, defaultPort);
    expect(service).toMatchObject({
      profiles: ['middleware'],
      command: [`dist/apps/${name}/src/main.js`],
      group_add: [groups.get(role), groups.get('monitor')],
      ports: [`127.0.0.1:\${${variable}:-${port}}:${defaultPort}`],
      environment: {
        DATABASE_URL: `postgres://${role}@pgpool:9999/shop`,
        DATABASE_PASSWORD_FILE: `/run/secrets/${role}`,
        DATABASE_ROUTING: 'off',
        HEALTH_URL: `http://127.0.0.1:${defaultPort}/health/ready`,
      },
    });
  });

  it('has a password that Pgpool-II may read', () => {
    expect(services.pgpool?.group_add).toContain(groups.get(role));
  });

  it('calls the services that are also behind it', () => {
    const urls = Object.entries(service?.environment ?? {}).filter(([key]) => key.endsWith('_SERVICE_URL'));
    expect(urls).toEqual(
      definition.calls.map(({ name: called, urlVariable: key, defaultUrl }) => [
        key,
        `http://${called}-proxied:${new URL(defaultUrl).port}`,
      ]),
    );
  });
});

describe.each(definitions)('$name in k8s', ({ name, calls }) => {
  const base = render('base');

  it.each(['Deployment', 'Service', 'PodDisruptionBudget', 'HorizontalPodAutoscaler'])('has a %s', (kind) => {
    expect(find(base, kind, name)).toBeDefined();
  });

  it('knows where the services are that it calls, and no others', () => {
    const container = mainContainerOf(find(base, 'Deployment', name));
    const environment = environmentOf(container, base, generatedSecrets());
    const urls = Object.entries(environment).filter(([key]) => key.endsWith('_SERVICE_URL'));
    expect(urls).toEqual(
      calls.map(({ name: called }) => [urlVariable(called as ServiceName), `http://${called}`]),
    );
  });
});

describe.each(definitions)('$name in the production overlay', ({ name }) => {
  const url = `postgres://${serviceRole(name as ServiceName)}@postgres-nodes:5432/shop?sslmode=verify-full`;

  it('verifies the server, from its first container on', () => {
    const deployment = find(render('overlays/cloudnative-pg'), 'Deployment', name);
    const urls = containersOf(deployment).map(
      ({ env = [] }) => env.find((variable) => variable.name === 'DATABASE_URL')?.value,
    );
    expect(urls.length).toBeGreaterThan(1);
    for (const given of urls) expect(given).toContain(url);
  });
});

describe('Prometheus', () => {
  it('scrapes the management port of each service', () => {
    const { scrape_configs: jobs } = parse(read('docker/observability/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs
      .filter(({ job_name: job }) => job.endsWith('-service'))
      .map(({ job_name: job, static_configs: configs }) => [job, ...configs.flatMap((each) => each.targets)]);
    expect(targets).toEqual(
      definitions.map(({ name, defaultManagementPort }) => [name, `${name}:${defaultManagementPort}`]),
    );
  });

  it.each([
    'docker/observability/prometheus/alerts.yml',
    'docker/observability/grafana/dashboards/services.json',
  ])('selects the services by the end of their names in %s', (file) => {
    const selectors = [...read(file).matchAll(/job=~\\?"([^"\\]+)/g)].map(([, pattern = '']) => pattern);
    expect(selectors.length).toBeGreaterThan(0);
    expect(new Set(selectors)).toEqual(new Set(['.+-service']));
  });
});
