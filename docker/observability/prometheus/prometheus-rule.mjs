/**
 * Prints alerts.yml as an object for the Prometheus operator:
 *
 *   node docker/observability/prometheus/prometheus-rule.mjs > docker/observability/prometheus/prometheus-rule.yaml
 */
import { readFileSync } from 'node:fs';

const rules = readFileSync(new URL('alerts.yml', import.meta.url), 'utf8');
const indented = rules.slice(rules.indexOf('groups:')).replace(/^(?=.)/gm, '  ');

process.stdout.write(`# Made from alerts.yml by prometheus-rule.mjs; change alerts.yml instead.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: shop
spec:
${indented}`);
