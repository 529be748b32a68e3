import { SignJWT, UnsecuredJWT } from 'jose';
import request from 'supertest';
import { DEVELOPMENT_JWT_SECRET } from '@app/service-kit';
import { OrderShop } from './order-shop';

describe('requests with a token that is refused', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open({ replicas: 0 });
  });
  afterAll(() => shop.close());

  const secret = new TextEncoder().encode(DEVELOPMENT_JWT_SECRET);
  const jwt = (claims: Record<string, unknown>) => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' });

  it.each<[string, () => Promise<string | undefined>, RegExp]>([
    ['no token', () => Promise.resolve(undefined), /bearer token/],
    ['another scheme', () => Promise.resolve('Basic YWxpY2U6cHc='), /Bearer <token>/],
    ['a malformed token', () => Promise.resolve('Bearer not.a.token'), /malformed/],
    [
      'an expired token',
      async () => `Bearer ${await jwt({ sub: 'alice' }).setExpirationTime('-1m').sign(secret)}`,
      /expired/,
    ],
    [
      'a foreign token',
      async () => {
        const foreign = new TextEncoder().encode('another-secret-of-somebody-elses-shop');
        return `Bearer ${await jwt({ sub: 'alice' }).setExpirationTime('1h').sign(foreign)}`;
      },
      /signature/,
    ],
    [
      'an unsigned token',
      () => Promise.resolve(`Bearer ${new UnsecuredJWT({ sub: 'alice' }).setExpirationTime('1h').encode()}`),
      /algorithm|malformed/,
    ],
    [
      'a token that never expires',
      async () => `Bearer ${await jwt({ sub: 'alice' }).sign(secret)}`,
      /claim exp/,
    ],
    [
      'a token without a subject',
      async () => `Bearer ${await jwt({}).setExpirationTime('1h').sign(secret)}`,
      /claim sub/,
    ],
    [
      'a subject that is null',
      async () => `Bearer ${await jwt({ sub: null }).setExpirationTime('1h').sign(secret)}`,
      /subject/,
    ],
    [
      'a subject that is too long',
      async () =>
        `Bearer ${await jwt({ sub: 'x'.repeat(129) })
          .setExpirationTime('1h')
          .sign(secret)}`,
      /128/,
    ],
    [
      'roles that are not a list',
      async () =>
        `Bearer ${await jwt({ sub: 'alice', roles: 'admin' }).setExpirationTime('1h').sign(secret)}`,
      /^the token's roles must be a list of at most 32/,
    ],
    [
      'a tenant that is not text',
      async () => `Bearer ${await jwt({ sub: 'alice', tenant: 7 }).setExpirationTime('1h').sign(secret)}`,
      /^the token's tenant must be 1 to 128 printable characters/,
    ],
  ])('401 for %s, stating the reason', async (_what, authorization, detail) => {
    const header = await authorization();
    const get = request(shop.service.url).get('/products');
    const response = await (header === undefined ? get : get.set('authorization', header));
    expect(response.status).toBe(401);
    expect(response.type).toBe('application/problem+json');
    expect(response.body.detail).toMatch(detail);
    expect(response.headers['www-authenticate']).toMatch(/^Bearer realm="shop"/);
  });
});
