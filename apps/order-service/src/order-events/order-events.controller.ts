import { AnswersEvents, ApiBearerAuth, ApiHeader, ApiOperation, ApiTags, Customer } from '@app/service-kit';
import { Controller, type MessageEvent, Sse, UseGuards } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { EventCursor } from './event-cursor';
import { type Heartbeat, OrderEventStreams } from './order-event-streams';
import type { StreamMessage } from './order-event-stream';
import { orderEventMessage } from './order-events.schemas';
import { StreamStart, StreamStartGuard } from './stream-start.guard';

/** A client that reads too slowly is disconnected when this many bytes wait for it; it can resume. */
const MAX_WAITING_BYTES = 256 * 1024;

@ApiTags('orders')
@ApiBearerAuth()
@Controller('orders/events')
export class OrderEventsController {
  constructor(private readonly streams: OrderEventStreams) {}

  @UseGuards(StreamStartGuard)
  @Sse('', { maxPendingDataLength: MAX_WAITING_BYTES })
  @ApiOperation({
    summary: 'Your orders as they change, as server-sent events',
    description:
      'Each event has a consistencyToken. Send it to any service in the header Consistency-Token, and the ' +
      "service's reads show the change. A comment every 15 seconds shows that the stream lives.",
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last event that you received: the stream resumes behind it',
  })
  @AnswersEvents('order', orderEventMessage)
  stream(@Customer() customerId: string, @StreamStart() start: EventCursor): Observable<MessageEvent> {
    return this.streams.open(customerId, start).pipe(map(toMessage));
  }
}

function toMessage(message: StreamMessage | Heartbeat): MessageEvent {
  return message === 'heartbeat' ? { comment: message } : { type: 'order', ...message };
}
