import type { ShopAnswer } from '../shop/shop-client';

/** The service answered, and not with what was asked for. */
class ShopFailure extends Error {
  override readonly name = 'ShopFailure';
}

/** @throws ShopFailure unless the answer has one of these status codes */
export function expectStatus(answer: ShopAnswer, what: string, ...expected: readonly number[]): ShopAnswer {
  if (expected.includes(answer.status)) return answer;
  const { title = '' } = (answer.body ?? {}) as { title?: string };
  throw new ShopFailure(`${what}: ${answer.status} ${title}`.trim());
}
