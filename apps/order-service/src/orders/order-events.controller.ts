import { AnswersEvents, Customer } from '@app/service-kit';
import { Controller, type MessageEvent, Sse } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { map, type Observable } from 'rxjs';
import { OrderEvents } from './order-events';
import { orderEvent } from './orders.schemas';

@ApiTags('orders')
@ApiBearerAuth()
@Controller('orders/events')
export class OrderEventsController {
  constructor(private readonly events: OrderEvents) {}

  @Sse()
  @ApiOperation({
    summary: 'Your orders as they change, as server-sent events',
    description:
      "Each event has a consistencyToken. Send it to any service in the header Consistency-Token, and the service's reads show the change.",
  })
  @AnswersEvents('order', orderEvent)
  stream(@Customer() customerId: string): Observable<MessageEvent> {
    return this.events.of(customerId).pipe(map((data) => ({ type: 'order', id: data.orderId, data })));
  }
}
