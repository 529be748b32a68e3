import { refusedFields } from '@app/service-kit';
import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { EventCursor } from './event-cursor';
import { OrderEventStreams } from './order-event-streams';

const HEADER = 'last-event-id';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the stream begins that the request opens. */
    streamStart: EventCursor | undefined;
  }
}

/**
 * Finds out where a stream begins, before the handler runs: Nest sends the headers of a stream while its
 * handler is at work. A client that has them misses nothing from then on, and a refusal has its own status.
 */
@Injectable()
export class StreamStartGuard implements CanActivate {
  constructor(private readonly streams: OrderEventStreams) {}

  /** @throws Problem 400 for a header that is no cursor; 429 and 503 as OrderEventStreams.start() says */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const customerId = request.caller?.subject;
    if (customerId === undefined) return false;
    request.streamStart = await this.streams.start(customerId, givenCursor(request.headers[HEADER]));
    return true;
  }
}

export const StreamStart = createParamDecorator((_: unknown, context: ExecutionContext): EventCursor => {
  const { streamStart } = context.switchToHttp().getRequest<FastifyRequest>();
  if (streamStart === undefined) throw new Error('@StreamStart() needs the StreamStartGuard');
  return streamStart;
});

function givenCursor(header: string | string[] | undefined): EventCursor | undefined {
  if (header === undefined || header === '') return undefined;
  const cursor = EventCursor.parse(String(header));
  if (cursor !== undefined) return cursor;
  throw refusedFields([
    { field: HEADER, value: header, message: 'must be the id of an event of this stream' },
  ]);
}
