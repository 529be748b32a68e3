import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** The project's configuration, which docker-compose.yml mounts into the container. */
export const PROMETHEUS_DIRECTORY = join('docker', 'observability', 'prometheus');

interface StaticConfig {
  targets: string[];
  labels?: Record<string, string>;
}

interface PrometheusConfig {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: ScrapeConfig[];
}

interface ScrapeConfig {
  job_name: string;
  static_configs: StaticConfig[];
}

/** Substitutes here for what docker-compose.yml defines. */
export interface StandIns {
  /** Maps addresses in the containers to addresses on loopback. */
  readonly targets: ReadonlyMap<string, string>;
  /** Maps node names in the containers to the services' names for the nodes here. */
  readonly nodes: ReadonlyMap<string, string>;
}

/**
 * postgres_exporter up to 0.11 (Debian 12) tries a node that is down twice, one second apart, before it
 * answers. A scrape may take as long as the interval.
 */
const SLOW_JOBS: ReadonlyMap<string, string> = new Map([['postgres', '3s']]);

/**
 * The project's configuration, with its targets on loopback and one scrape per second, to keep the test
 * short.
 */
export function loopbackConfig({ targets, nodes }: StandIns): string {
  const config = parse(
    readFileSync(join(PROMETHEUS_DIRECTORY, 'prometheus.yml'), 'utf8'),
  ) as PrometheusConfig;
  const standIn = (map: ReadonlyMap<string, string>, name: string): string => {
    const found = map.get(name);
    if (found === undefined) throw new Error(`prometheus.yml names ${name}, which has no substitute here`);
    return found;
  };
  // The rig runs two services; there may be more in the shop.
  const runsHere = ({ job_name: job, static_configs: configs }: ScrapeConfig) =>
    !job.endsWith('-service') || configs.some((each) => each.targets.some((address) => targets.has(address)));
  return stringify({
    ...config,
    global: { ...config.global, scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: config.rule_files.map((file) => join(process.cwd(), PROMETHEUS_DIRECTORY, file)),
    scrape_configs: config.scrape_configs.filter(runsHere).map((job) => ({
      ...job,
      ...(SLOW_JOBS.has(job.job_name) && { scrape_interval: SLOW_JOBS.get(job.job_name) }),
      static_configs: job.static_configs.map(({ targets: addresses, labels = {} }) => ({
        targets: addresses.map((address) => standIn(targets, address)),
        labels: labels.node === undefined ? labels : { ...labels, node: standIn(nodes, labels.node) },
      })),
    })),
  });
}
