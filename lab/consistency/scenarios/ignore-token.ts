import { CUSTOMER_PREFIX } from '../lab';
import { Customer } from '../load/customer';
import { ShopSession } from '../load/shop-session';
import { rounds } from './rounds';
import type { Scenario } from './scenario';

export const ignoreToken: Scenario = {
  name: 'ignore-token',
  what: 'a customer orders, and reads from both services while no replica has the order',
  async run(lab, recorder) {
    const { rig, urls, skus } = lab;
    const customer = await Customer.open(`${CUSTOMER_PREFIX}-token`);
    const device = new ShopSession(`${customer.name}-device`, 'scenario', customer, urls, recorder, 'header');
    await rounds(5, 0, async () => {
      for (const replica of rig.replicas) await replica.pauseReplay();
      await device.place(skus[0] ?? '');
      for (const id of [...customer.orders].slice(-1)) await device.readOrder(id);
      await device.readHistory();
      for (const replica of rig.replicas) await replica.resumeReplay();
      await lab.untilWell();
    });
  },
};
