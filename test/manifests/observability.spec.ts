import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { find, render, ROOT } from './kustomize';
import { podsOf } from './pods';

const OBSERVABILITY = join(ROOT, 'docker/observability');
const read = (path: string) => readFileSync(join(OBSERVABILITY, path), 'utf8');

describe('the alerts and dashboards on Kubernetes', () => {
  const manifests = render('overlays/cloudnative-pg');

  it('are the rules of alerts.yml (to repeat: see prometheus-rule.mjs)', () => {
    const script = join(OBSERVABILITY, 'prometheus/prometheus-rule.mjs');
    expect(read('prometheus/prometheus-rule.yaml')).toBe(
      execFileSync(process.execPath, [script], { encoding: 'utf8' }),
    );
    expect(find(manifests, 'PrometheusRule', 'shop').spec).toEqual(parse(read('prometheus/alerts.yml')));
  });

  it('are the dashboards of the containers, all of them, for Grafana to find', () => {
    const { data, metadata } = find(manifests, 'ConfigMap', 'grafana-dashboards');
    const files = readdirSync(join(OBSERVABILITY, 'grafana/dashboards'));
    expect(data).toEqual(Object.fromEntries(files.map((file) => [file, read(`grafana/dashboards/${file}`)])));
    expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
  });

  it('find the jobs that they name', () => {
    const patterns = [...read('prometheus/alerts.yml').matchAll(/job=~?"([^"]+)"/g)].map(
      ([, pattern]) => new RegExp(`^(${pattern})$`),
    );
    const { jobLabel } = find(manifests, 'PodMonitor', 'services').spec as { jobLabel: string };
    const services = podsOf(manifests).flatMap(({ labels }) =>
      labels['app.kubernetes.io/component'] === 'service' ? [labels[jobLabel]] : [],
    );
    const [endpoint] = find(manifests, 'PodMonitor', 'postgres').spec.podMetricsEndpoints as [
      { relabelings: { targetLabel: string; replacement: string }[] },
    ];
    const nodes = endpoint.relabelings.filter(({ targetLabel }) => targetLabel === 'job');
    const jobs = [...services, ...nodes.map(({ replacement }) => replacement)].map(String);
    expect(patterns.length).toBeGreaterThan(1);
    expect(patterns.filter((pattern) => !jobs.some((job) => pattern.test(job)))).toEqual([]);
    expect(jobs.filter((job) => !patterns.some((pattern) => pattern.test(job)))).toEqual([]);
  });
});
