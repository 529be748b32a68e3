import { mintDevelopmentToken } from '@app/service-kit';

/** A customer, whose devices are sessions of their own. */
export class Customer {
  /** Ids that any of the devices was told, or has seen. */
  readonly orders = new Set<string>();

  private constructor(
    readonly name: string,
    readonly authorization: string,
  ) {}

  static async open(name: string): Promise<Customer> {
    return new Customer(name, `Bearer ${await mintDevelopmentToken(name)}`);
  }
}
