import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { AuthConfig } from '../config/service-config';
import { mintDevelopmentToken } from './development-token';
import { TokenVerifier } from './token-verifier';

describe('TokenVerifier', () => {
  const verifierOf = (auth: Partial<AuthConfig>) =>
    new TokenVerifier({
      auth: { keys: { secret: 'x'.repeat(32) }, issuer: undefined, audience: undefined, ...auth },
    });

  describe('with a shared secret', () => {
    const JWT_SECRET = 'a-secret-of-our-own-that-is-long-enough';
    const environment = { JWT_SECRET, JWT_ISSUER: 'us', JWT_AUDIENCE: 'shop' };
    const keys = { secret: JWT_SECRET };

    it.each([
      [{}, { roles: [], tenant: undefined }],
      [
        { roles: ['support'], tenant: 'acme' },
        { roles: ['support'], tenant: 'acme' },
      ],
    ])('returns the caller of a token minted with it and %j', async (claims, more) => {
      const token = await mintDevelopmentToken('alice', environment, claims);
      const verifier = verifierOf({ keys, issuer: 'us', audience: 'shop' });
      await expect(verifier.callerOf(token)).resolves.toEqual({ subject: 'alice', ...more });
      // The second time, the token is in the cache.
      await expect(verifier.callerOf(token)).resolves.toEqual({ subject: 'alice', ...more });
    });

    it.each<[string, Partial<AuthConfig>]>([
      ['another issuer', { keys, issuer: 'them' }],
      ['another audience', { keys, audience: 'bank' }],
      ['another secret', {}],
    ])('refuses a token for %s with 401', async (_what, auth) => {
      const token = await mintDevelopmentToken('alice', environment);
      await expect(verifierOf(auth).callerOf(token)).rejects.toMatchObject({ status: 401 });
    });

    it('refuses a token with malformed claims with 401', async () => {
      const token = await mintDevelopmentToken('alice', environment, { roles: ['a\nb'] });
      await expect(verifierOf({ keys }).callerOf(token)).rejects.toMatchObject({
        status: 401,
        detail: expect.stringMatching(/^the token's roles must be/),
      });
    });
  });

  describe("with an issuer's published keys", () => {
    let server: Server;
    let jwksUrl: URL;
    let answer: () => { status: number; body: string };
    let pair: Awaited<ReturnType<typeof generateKeyPair>>;

    beforeAll(async () => {
      pair = await generateKeyPair('ES256', { extractable: true });
      const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' };
      answer = () => ({ status: 200, body: JSON.stringify({ keys: [jwk] }) });
      server = createServer((_request, response) => {
        const { status, body } = answer();
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      jwksUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    const token = (kid: string) =>
      new SignJWT({ sub: 'alice' })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setExpirationTime('1h')
        .sign(pair.privateKey);

    it('returns the caller of a token signed with one of them', async () => {
      await expect(verifierOf({ keys: { jwksUrl } }).callerOf(await token('k1'))).resolves.toMatchObject({
        subject: 'alice',
      });
    });

    it('refuses a token signed with an unknown key with 401', async () => {
      await expect(verifierOf({ keys: { jwksUrl } }).callerOf(await token('k2'))).rejects.toMatchObject({
        status: 401,
      });
    });

    it('refuses a token signed with the public key as a shared secret', async () => {
      const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(pair.publicKey)));
      const forged = await new SignJWT({ sub: 'alice' })
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .setExpirationTime('1h')
        .sign(secret);
      await expect(verifierOf({ keys: { jwksUrl } }).callerOf(forged)).rejects.toMatchObject({
        status: 401,
      });
    });

    it('answers 503, not 401, when the keys cannot be fetched', async () => {
      const healthy = answer;
      answer = () => ({ status: 500, body: '' });
      const verifier = verifierOf({ keys: { jwksUrl } });
      await expect(verifier.callerOf(await token('k1'))).rejects.toMatchObject({ status: 503 });
      answer = healthy;
      await expect(verifier.callerOf(await token('k1'))).resolves.toMatchObject({ subject: 'alice' });
    });
  });
});
