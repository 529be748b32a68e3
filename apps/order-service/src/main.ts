import { bootService } from '@app/service-kit';
import { AppModule } from './app.module';
import { orderService } from './service';

void bootService(AppModule, orderService);
