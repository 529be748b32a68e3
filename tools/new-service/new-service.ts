import { portsOf, serviceRole } from '@app/shop-services';

/** All names of the service to make. */
export interface NewService {
  /** `gift-cards-service` */
  readonly name: string;
  /** `gift_cards_service` */
  readonly role: string;
  /** `Gift cards service` */
  readonly title: string;
  /** `giftCardsService` */
  readonly identifier: string;
  readonly port: number;
  readonly managementPort: number;
  /** `GIFT_CARDS_PORT` */
  readonly portVariable: string;
  readonly managementPortVariable: string;
}

export function newService(name: string, port: number): NewService {
  const words = name.split('-');
  const { portVariable, managementPortVariable, defaultManagementPort } = portsOf(name, port);
  return {
    name,
    role: serviceRole(name),
    title: capitalized(words.join(' ')),
    identifier: words.map((word, index) => (index === 0 ? word : capitalized(word))).join(''),
    port,
    managementPort: defaultManagementPort,
    portVariable,
    managementPortVariable,
  };
}

export function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
