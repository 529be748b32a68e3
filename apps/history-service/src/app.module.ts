import { DatabaseModule } from '@app/service-kit';
import { shopEntities } from '@app/shop-database';
import { Module } from '@nestjs/common';
import { HistoryModule } from './history/history.module';

@Module({
  imports: [DatabaseModule.forEntities(shopEntities), HistoryModule],
})
export class AppModule {}
