import { mintDevelopmentToken } from '@app/service-kit';

/**
 * A customer who performs one operation after the other. This makes clear what a read must show: everything
 * acknowledged to the session before the read began.
 */
export class Session {
  /** Newest last. */
  readonly acknowledged: string[] = [];
  consistencyToken: string | undefined;
  isBusy = false;

  private constructor(
    readonly customer: string,
    readonly bearer: string,
    readonly carriesToken: boolean,
  ) {}

  static async open(customer: string, carriesToken: boolean): Promise<Session> {
    return new Session(customer, `Bearer ${await mintDevelopmentToken(customer)}`, carriesToken);
  }

  /** The headers of its next request. */
  headers(): Record<string, string> {
    const { consistencyToken, bearer } = this;
    return {
      authorization: bearer,
      ...(consistencyToken !== undefined && this.carriesToken && { 'consistency-token': consistencyToken }),
    };
  }
}
