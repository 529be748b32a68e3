import { serviceDefinition } from '@app/shop-services';

export const historyService = serviceDefinition('history-service');
