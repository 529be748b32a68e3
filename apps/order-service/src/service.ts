import { serviceDefinition } from '@app/shop-services';

export const orderService = serviceDefinition('order-service');
