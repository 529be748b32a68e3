import type { RoutedPool, StatementReport } from 'db-routing';
import { QuerySummaries } from 'db-routing/metrics';
import { context, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';

const SQL_STATE = /^[0-9A-Z]{5}$/;
const SUCCESSES = new Set<StatementReport['outcome']>(['answered', 'stale']);

/**
 * Makes one span for each statement when it is answered, in its caller's context. Spans contain statement
 * texts without constants and errors without messages, because both may contain personal data.
 * https://opentelemetry.io/docs/specs/semconv/database/postgresql/
 */
export function traceStatements(pool: RoutedPool, tracer: Tracer): void {
  const { database = '' } = pool.options;
  const summaries = new QuerySummaries();
  pool.on('statement', (report) => {
    const endTime = Date.now();
    const { operation, summary, collection, text } = summaries.of(report.text);
    const address = pool.topology.nodes.find((node) => node.address.name === report.node)?.address;
    const span = tracer.startSpan(
      summary === '' ? database : summary,
      {
        kind: SpanKind.CLIENT,
        startTime: endTime - report.durationMs,
        attributes: {
          'db.system.name': 'postgresql',
          'db.namespace': database,
          'db.operation.name': operation,
          'db.query.summary': summary,
          ...(collection !== undefined && { 'db.collection.name': collection }),
          'db.query.text': text,
          ...(address && { 'server.address': address.host, 'server.port': address.port }),
          'db.routing.node': report.node,
          'db.routing.role': report.role,
          'db.routing.reason': report.reason,
          'db.routing.work': report.work,
          'db.routing.outcome': report.outcome,
        },
      },
      context.active(),
    );
    if (!SUCCESSES.has(report.outcome)) {
      const { code, name } = (report.error ?? {}) as { code?: string; name?: string };
      if (code !== undefined && SQL_STATE.test(code)) span.setAttribute('db.response.status_code', code);
      span.setAttribute('error.type', code ?? name ?? report.outcome);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(endTime);
  });
}
