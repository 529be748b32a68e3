/** The life of an order. Only a placed order can be cancelled. */
export const ORDER_STATUSES = ['placed', 'shipped', 'delivered', 'cancelled'] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];
