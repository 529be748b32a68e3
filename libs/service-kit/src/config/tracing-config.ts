import type { Environment } from './environment-files';

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];
const PROTOCOL = 'http/protobuf';
const EXPORTERS = ['otlp', 'none'];

/**
 * Follows OpenTelemetry's SDK configuration, except that nothing is sent unless an endpoint is set or
 * OTEL_TRACES_EXPORTER=otlp.
 */
export function isTracingOn(given: Environment): boolean {
  if (given.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false;
  if (given.OTEL_TRACES_EXPORTER !== undefined) return given.OTEL_TRACES_EXPORTER !== 'none';
  return ENDPOINTS.some((name) => given[name] !== undefined);
}

/** The SDK itself would report nothing and send nothing. */
export function tracingProblems(given: Environment): string[] {
  if (!isTracingOn(given)) return [];
  const problems: string[] = [];
  const { OTEL_TRACES_EXPORTER: exporter } = given;
  if (exporter !== undefined && !EXPORTERS.includes(exporter)) {
    problems.push(`OTEL_TRACES_EXPORTER is "${exporter}": it must be one of ${EXPORTERS.join(', ')}`);
  }
  for (const name of ENDPOINTS) {
    const url = given[name];
    if (url !== undefined && !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
      problems.push(`${name} is "${url}": it must be an http or https URL`);
    }
  }
  for (const name of PROTOCOLS) {
    const protocol = given[name];
    if (protocol !== undefined && protocol !== PROTOCOL) {
      problems.push(`${name} is "${protocol}": it must be ${PROTOCOL}`);
    }
  }
  return problems;
}
