import { bootService } from '@app/service-kit';
import { Module } from '@nestjs/common';
import { AppModule } from '../../../../apps/order-service/src/app.module';
import { orderService } from '../../../../apps/order-service/src/service';
import { StuckController } from './stuck.controller';

/** order-service with an additional, faulty handler. */
@Module({ imports: [AppModule], controllers: [StuckController] })
class StuckModule {}

void bootService(StuckModule, orderService);
