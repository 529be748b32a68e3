import { mintDevelopmentToken } from '@app/service-kit';

/** A customer whose devices have separate sessions. */
export class Customer {
  /** Ids of orders that any of the devices placed or has seen. */
  readonly orders = new Set<string>();

  private constructor(
    readonly name: string,
    readonly authorization: string,
  ) {}

  static async open(name: string): Promise<Customer> {
    return new Customer(name, `Bearer ${await mintDevelopmentToken(name)}`);
  }
}
