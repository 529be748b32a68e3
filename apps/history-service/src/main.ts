import { bootService } from '@app/service-kit';
import { AppModule } from './app.module';
import { historyService } from './service';

void bootService(AppModule, historyService);
