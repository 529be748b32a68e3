import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Message, messages, readMessage, text } from './protobuf';

export interface ReceivedSpan {
  readonly service: unknown;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of its trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly durationMs: number;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const KINDS = ['internal', 'internal', 'server', 'client'] as const;

/** A trace collector that accepts OTLP over HTTP, in protobuf, and keeps what it receives. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly paths = new Set<string>();

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.paths.add(`${request.headers['content-type']} ${request.url}`);
        this.spans.push(...spansOf(readMessage(Buffer.concat(chunks))));
        response.setHeader('content-type', 'application/x-protobuf').end();
      });
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(createServer());
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  ofTrace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

// The field numbers are those of opentelemetry-proto: trace/v1/trace.proto, common/v1/common.proto.
function spansOf(request: Message): ReceivedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const [resource] = messages(resourceSpans, 1);
    const service = attributesOf(messages(resource!, 1))['service.name'];
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => spanOf(span, service));
  });
}

function spanOf(span: Message, service: unknown): ReceivedSpan {
  const hex = (field: number) => (span.get(field)?.[0] as Buffer | undefined)?.toString('hex') ?? '';
  const atNs = (field: number) => span.get(field)![0] as bigint;
  return {
    service,
    traceId: hex(1),
    spanId: hex(2),
    parentSpanId: hex(4),
    name: text(span, 5) ?? '',
    kind: KINDS[Number(span.get(6)?.[0] ?? 0n)] ?? 'internal',
    durationMs: Number(atNs(8) - atNs(7)) / 1e6,
    isError: messages(span, 15).some((status) => status.get(3)?.[0] === 2n),
    attributes: attributesOf(messages(span, 9)),
  };
}

function attributesOf(keyValues: Message[]): Record<string, unknown> {
  return Object.fromEntries(
    keyValues.map((keyValue): [string, unknown] => [
      text(keyValue, 1) ?? '',
      valueOf(messages(keyValue, 2)[0]!),
    ]),
  );
}

function valueOf(any: Message): unknown {
  if (any.has(5)) return messages(messages(any, 5)[0]!, 1).map((value) => valueOf(value));
  const number = any.get(3)?.[0];
  return number === undefined ? text(any, 1) : Number(number);
}
